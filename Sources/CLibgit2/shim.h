#include <git2.h>
#include <string.h>

/* git_libgit2_opts is variadic, which Swift cannot call. */
static inline int wpex_git_set_owner_validation(int enabled) {
    return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

/* Packs whose files are open at a time, in all repositories. */
static inline int wpex_git_set_pack_file_limit(size_t most) {
    return git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, most);
}
