#include "operator/providers/certificate_expiry.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <limits>
#include <memory>

namespace op {

std::optional<base::Time> certificate_expiry(std::string_view pem) {
  if (pem.empty() || pem.size() > std::size_t{std::numeric_limits<int>::max()}) return std::nullopt;
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free_all);
  if (!bio) return std::nullopt;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
  ERR_clear_error();
  std::tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) return std::nullopt;
  return std::chrono::time_point_cast<base::Time::duration>(
      std::chrono::system_clock::from_time_t(timegm(&end)));
}

}  // namespace op
