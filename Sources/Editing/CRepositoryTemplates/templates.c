#include "templates.h"

static const unsigned char github_checks[] = {
#embed "../../../deploy/ci/github/wpex.yml"
};

static const unsigned char github_report[] = {
#embed "../../../deploy/ci/github/wpex-report.yml"
};

static const unsigned char gitlab[] = {
#embed "../../../deploy/ci/gitlab/wpex.gitlab-ci.yml"
};

const unsigned char *wpex_ci_github_checks(size_t *count) {
  *count = sizeof github_checks;
  return github_checks;
}

const unsigned char *wpex_ci_github_report(size_t *count) {
  *count = sizeof github_report;
  return github_report;
}

const unsigned char *wpex_ci_gitlab(size_t *count) {
  *count = sizeof gitlab;
  return gitlab;
}
