/* compare: the whole table beside nginx and HAProxy, printed, with what differs looked up in the file of differences. */
#pragma once

/* Fails the test unless every difference is explained, and every explanation is of a difference. */
void compare_run(const char *differences_path);
