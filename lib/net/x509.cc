#include "net/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <ctime>

#include "net/openssl_ptr.h"
#include "net/pem.h"
#include "net/tls_context.h"

namespace net {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxPemBytes = 1u << 20;
/// More certificates than any chain or CA bundle of a cluster has.
constexpr int kMaxCertificates = 128;
/// Clocks of a cluster differ; kubelets and API servers allow for as much.
constexpr seconds kClockSkew{3600};

std::unexpected<base::Status> openssl_failure(const std::string& what) {
  return base::fail(base::Code::kInvalid, what + ": " + last_tls_error());
}

BioPtr reader(const std::string& pem) {
  if (pem.size() > kMaxPemBytes) return nullptr;
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

base::Result<KeyPtr> read_key(const std::string& pem) {
  const BioPtr bio = reader(pem);
  KeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key) return openssl_failure("private key");
  return key;
}

enum class BadBlock { kFails, kIsSkipped };

base::Result<std::vector<X509Ptr>> read_certificates(const std::string& pem,
                                                     BadBlock bad = BadBlock::kFails) {
  const BioPtr bio = reader(pem);
  if (!bio) return base::fail(base::Code::kInvalid, "certificates: more than 1 MiB of PEM text");
  std::vector<X509Ptr> found;
  for (;;) {
    ERR_clear_error();
    if (X509Ptr next{PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)}) {
      found.push_back(std::move(next));
      if (found.size() > kMaxCertificates) return base::fail(base::Code::kInvalid, "certificates: too many");
      continue;
    }
    if (at_end_of_pem()) break;
    // The reader is behind the bad block, or at least behind its first line.
    if (bad == BadBlock::kFails) return openssl_failure("certificates");
  }
  ERR_clear_error();
  if (found.empty()) return base::fail(base::Code::kInvalid, "certificates: none in the PEM text");
  return found;
}

bool add_name(X509_NAME* name, const char* field, const std::string& value) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
  // A string type, not MBSTRING_UTF8: with that OpenSSL limits a CN to 64 characters (RFC 5280,
  // ub-common-name). But a kubelet-serving signer expects the name of a node there, which may have 253.
  return X509_NAME_add_entry_by_txt(name, field, V_ASN1_UTF8STRING, bytes, static_cast<int>(value.size()), -1,
                                    0) == 1;
}

bool fill_subject(X509_NAME* name, const CertificateSubject& subject) {
  for (const auto& organization : subject.organizations) {
    if (!add_name(name, "O", organization)) return false;
  }
  return add_name(name, "CN", subject.common_name);
}

ExtensionPtr extension(int nid, const std::string& value) {
  return ExtensionPtr(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
}

/// "IP:10.0.0.1,IP:fd00::1". Only valid addresses get in, so nothing else can be requested.
base::Result<std::string> alternative_names(const std::vector<std::string>& addresses) {
  std::string text;
  for (const auto& address : addresses) {
    const std::unique_ptr<ASN1_OCTET_STRING, OpensslDeleter<ASN1_OCTET_STRING_free>> parsed(
        a2i_IPADDRESS(address.c_str()));
    if (!parsed) {
      ERR_clear_error();
      return base::fail(base::Code::kInvalid, "\"" + address + "\" is not an IP address");
    }
    text += (text.empty() ? "IP:" : ",IP:") + address;
  }
  if (text.empty()) return base::fail(base::Code::kInvalid, "a serving certificate needs an address");
  return text;
}

bool set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  return RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1;
}

bool set_life(X509* certificate, base::Time from, base::Time until) {
  const auto seconds_of = [](base::Time t) {
    return static_cast<std::time_t>(std::chrono::floor<seconds>(t).time_since_epoch().count());
  };
  return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds_of(from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds_of(until)) != nullptr;
}

base::Result<base::Time> time_of(const ASN1_TIME* time) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(time, &broken_down) != 1) return openssl_failure("certificate");
  return base::Time(seconds(::timegm(&broken_down)));
}

std::vector<std::string> entries_of(const X509_NAME* name, int nid) {
  std::vector<std::string> found;
  for (int at = X509_NAME_get_index_by_NID(name, nid, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(name, nid, at)) {
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (length < 0) continue;
    found.emplace_back(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
    OPENSSL_free(utf8);
  }
  ERR_clear_error();
  return found;
}

CertificateSubject subject_of(const X509* certificate) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  CertificateSubject subject{.organizations = entries_of(name, NID_organizationName)};
  // As Go reads a subject: the last common name counts.
  if (auto names = entries_of(name, NID_commonName); !names.empty()) subject.common_name = names.back();
  return subject;
}

base::Result<X509StorePtr> trust(const std::string& ca_pem) {
  // As Go reads a bundle: one certificate that it cannot parse does not affect the others.
  auto anchors = read_certificates(ca_pem, BadBlock::kIsSkipped);
  if (!anchors) return base::fail(std::move(anchors.error()).with_context("CA"));
  X509StorePtr store(X509_STORE_new());
  if (!store) return openssl_failure("CA");
  for (const auto& anchor : *anchors) {
    if (X509_STORE_add_cert(store.get(), anchor.get()) != 1) return openssl_failure("CA");
  }
  return store;
}

}  // namespace

base::Result<std::string> make_private_key() {
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  if (!key || !bio ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return openssl_failure("cannot make a private key");
  }
  return text_of(bio.get());
}

base::Result<std::string> make_signing_request(const CertificateOrder& order, const std::string& key_pem) {
  const auto key = read_key(key_pem);
  if (!key) return base::fail(key.error());
  const auto names = alternative_names(order.addresses);
  if (!names) return base::fail(names.error());
  const X509RequestPtr request(X509_REQ_new());
  const ExtensionPtr alternatives = extension(NID_subject_alt_name, *names);
  STACK_OF(X509_EXTENSION)* extensions = nullptr;
  const bool listed = request && alternatives && X509v3_add_ext(&extensions, alternatives.get(), -1);
  const bool made = listed && X509_REQ_set_version(request.get(), 0) == 1 &&
                    fill_subject(X509_REQ_get_subject_name(request.get()), order.subject) &&
                    X509_REQ_add_extensions(request.get(), extensions) == 1 &&
                    X509_REQ_set_pubkey(request.get(), key->get()) == 1 &&
                    X509_REQ_sign(request.get(), key->get(), EVP_sha256()) > 0;
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!made || !bio || PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1) {
    return openssl_failure("cannot make a certificate signing request");
  }
  return text_of(bio.get());
}

base::Result<std::string> make_self_signed(const CertificateOrder& order, const std::string& key_pem,
                                           base::Time now, seconds life) {
  const auto key = read_key(key_pem);
  if (!key) return base::fail(key.error());
  const auto names = alternative_names(order.addresses);
  if (!names) return base::fail(names.error());
  const X509Ptr certificate(X509_new());
  X509* made = certificate.get();
  bool ok = made && X509_set_version(made, 2) == 1 && set_serial(made) &&
            set_life(made, now - kClockSkew, now + life) &&
            fill_subject(X509_get_subject_name(made), order.subject) &&
            X509_set_issuer_name(made, X509_get_subject_name(made)) == 1 &&
            X509_set_pubkey(made, key->get()) == 1;
  for (const auto& [nid, value] : {std::pair<int, std::string>{NID_basic_constraints, "critical,CA:FALSE"},
                                   {NID_key_usage, "critical,digitalSignature"},
                                   {NID_ext_key_usage, "serverAuth"},
                                   {NID_subject_alt_name, *names}}) {
    const ExtensionPtr one = extension(nid, value);
    ok = ok && one && X509_add_ext(made, one.get(), -1) == 1;
  }
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!ok || X509_sign(made, key->get(), EVP_sha256()) <= 0 || !bio ||
      PEM_write_bio_X509(bio.get(), made) != 1) {
    return openssl_failure("cannot make a certificate");
  }
  return text_of(bio.get());
}

base::Result<CertificateLife> certificate_life(const std::string& pem) {
  const auto certificates = read_certificates(pem);
  if (!certificates) return base::fail(certificates.error());
  const auto from = time_of(X509_get0_notBefore(certificates->front().get()));
  const auto until = time_of(X509_get0_notAfter(certificates->front().get()));
  if (!from) return base::fail(from.error());
  if (!until) return base::fail(until.error());
  return CertificateLife{*from, *until};
}

base::Outcome check_key_pair(const std::string& certificate_pem, const std::string& key_pem) {
  const auto certificates = read_certificates(certificate_pem);
  if (!certificates) return base::fail(certificates.error());
  const auto key = read_key(key_pem);
  if (!key) return base::fail(key.error());
  if (X509_check_private_key(certificates->front().get(), key->get()) == 1) return {};
  ERR_clear_error();
  return base::fail(base::Code::kInvalid, "the key is not that of the certificate");
}

base::Result<CertificateSubject> verify_client_certificate(const std::string& chain_pem,
                                                           const std::string& ca_pem, base::Time now) {
  const auto refused = [](std::string why) {
    return base::fail(base::Code::kUnauthenticated, "client certificate: " + std::move(why));
  };
  const auto store = trust(ca_pem);
  if (!store) return base::fail(store.error());
  auto chain = read_certificates(chain_pem);
  if (!chain) return refused(chain.error().message);
  const std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * stack) { sk_X509_free(stack); })>
      intermediates(sk_X509_new_null());
  for (std::size_t i = 1; i < chain->size(); ++i) sk_X509_push(intermediates.get(), (*chain)[i].get());
  const X509StoreContextPtr context(X509_STORE_CTX_new());
  if (!context ||
      X509_STORE_CTX_init(context.get(), store->get(), chain->front().get(), intermediates.get()) != 1) {
    return openssl_failure("cannot verify a client certificate");
  }
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  // As in Go: every certificate given is an anchor, also an intermediate one.
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_time(
      rules, static_cast<std::time_t>(std::chrono::floor<seconds>(now).time_since_epoch().count()));
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT);
  if (X509_verify_cert(context.get()) != 1) {
    ERR_clear_error();
    return refused(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  return subject_of(chain->front().get());
}

}  // namespace net
