/*
 * A study as one page that opens without a network.
 */
#ifndef WEB_REPORT_H
#define WEB_REPORT_H

#include "hpo.h"

/*
 * The page as HTML; free(). NULL with the error: HPO_EUNSUPPORTED where this build has no
 * Plotly, for want of Node when it was made.
 */
char *web_report_page(const hpo_records_t *records, hpo_error_t *error);

#endif
