#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

/* Macros that Swift cannot import. libcrypto keeps pointers to parameter names, so these must outlive each call. */
static const int wpex_public_key = EVP_PKEY_PUBLIC_KEY;
static const char *const wpex_parameter_modulus = OSSL_PKEY_PARAM_RSA_N;
static const char *const wpex_parameter_exponent = OSSL_PKEY_PARAM_RSA_E;
static const char *const wpex_parameter_group = OSSL_PKEY_PARAM_GROUP_NAME;
static const char *const wpex_parameter_point = OSSL_PKEY_PARAM_PUB_KEY;
