/**
 * @file
 * libhpo: hyperparameter optimisation for programs in C. Include this.
 */
#ifndef HPO_H
#define HPO_H

#include "hpo/optimizer.h"
#include "hpo/report.h"
#include "hpo/space.h"
#include "hpo/status.h"
#include "hpo/store.h"
#include "hpo/task.h"
#include "hpo/trial.h"
#include "hpo/version.h"

#endif
