#include <git2.h>
#include <git2/sys/repository.h>
#include <string.h>

/* Wrappers for git_libgit2_opts, which is variadic and cannot be called from Swift. */
static inline int wpex_git_set_owner_validation(int enabled) {
  return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, enabled);
}

/* Sets the maximum number of pack files open at a time, in all repositories. */
static inline int wpex_git_set_pack_file_limit(size_t most) {
  return git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, most);
}

/* Adds repository extensions to libgit2's own. Those that it cannot read are detected and rejected after opening. */
static inline int wpex_git_set_extensions(void) {
  static const char *names[] = {"worktreeconfig", "partialclone",       "preciousobjects", "relativeworktrees",
                                "objectformat",   "compatobjectformat", "refstorage"};
  return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, sizeof names / sizeof *names);
}
