/*
 * The command line of a trial, for a person to run again. Pure.
 */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include "command.h"

/*
 * The study's command with `params` (a trial's) in it, quoted for a shell, as
 * one line; NULL when the study has no command. Free it with free().
 */
char *command_line(const json_t *study, const json_t *params);

#endif
