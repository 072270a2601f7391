#include <git2.h>
#include <string.h>

/* git_libgit2_opts is variadic, which Swift cannot call. */
static inline int wpex_git_set_owner_validation(int enabled) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

static inline int wpex_git_set_certificates(const char *file, const char *folder) {
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, folder);
}

/* Initializers are macros or take a version; Swift sees neither. */
static inline void wpex_git_fetch_options(git_fetch_options *options) {
    git_fetch_options_init(options, GIT_FETCH_OPTIONS_VERSION);
}
