#include "support/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdlib>
#include <memory>

namespace testing_support {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  require_openssl(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()), BIO_free);
  require_openssl(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

BioPtr reader(const std::string& pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
}

KeyPtr make_key() {
  KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  require_openssl(key != nullptr);
  return key;
}

void add_name(X509* certificate, const char* field, const std::string& value) {
  require_openssl(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field, MBSTRING_UTF8,
                                             reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                                             0) == 1);
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  require_openssl(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

X509Ptr make_certificate(const CertificateOrder& order, EVP_PKEY* key) {
  static std::atomic<long> serial{1};
  X509Ptr certificate(X509_new(), X509_free);
  require_openssl(X509_set_version(certificate.get(), 2) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), order.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), order.valid_until);
  require_openssl(X509_set_pubkey(certificate.get(), key) == 1);
  for (const std::string& organization : order.organizations) add_name(certificate.get(), "O", organization);
  add_name(certificate.get(), "CN", order.common_name);
  return certificate;
}

}  // namespace

void require_openssl(bool ok) {
  if (!ok) std::abort();
}

TestAuthority::TestAuthority(const std::string& name) {
  const KeyPtr key = make_key();
  const X509Ptr certificate = make_certificate({.common_name = name}, key.get());
  require_openssl(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  require_openssl(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  ca_ = {pem_of(certificate.get()), pem_of(key.get())};
}

Issued TestAuthority::issue(const CertificateOrder& order) const {
  const KeyPtr ca_key(PEM_read_bio_PrivateKey(reader(ca_.key_pem).get(), nullptr, nullptr, nullptr),
                      EVP_PKEY_free);
  const X509Ptr ca(PEM_read_bio_X509(reader(ca_.certificate_pem).get(), nullptr, nullptr, nullptr),
                   X509_free);
  const KeyPtr key = make_key();
  const X509Ptr certificate = make_certificate(order, key.get());
  require_openssl(X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca.get())) == 1);
  if (!order.alt_names.empty()) add_extension(certificate.get(), NID_subject_alt_name, order.alt_names);
  if (!order.usage.empty()) add_extension(certificate.get(), NID_ext_key_usage, order.usage);
  require_openssl(X509_sign(certificate.get(), ca_key.get(), EVP_sha256()) > 0);
  return {pem_of(certificate.get()), pem_of(key.get())};
}

}  // namespace testing_support
