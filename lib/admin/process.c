#include "admin/process.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

static void write_one(struct text *t, const char *name, const char *kind, const char *help,
		      double value)
{
	text_printf(t, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", name, help, name, kind, name,
		    value);
}

/* A file of /proc, as far as `size` goes; NUL-terminated, empty when it cannot be read. */
static void read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(text, 1, size - 1, file) : 0;

	text[n] = '\0';
	if (file)
		fclose(file);
}

static void write_memory(struct text *t)
{
	double page_bytes = (double)sysconf(_SC_PAGESIZE);
	uint64_t whole, resident;
	char statm[128];

	read_file("/proc/self/statm", statm, sizeof(statm));
	if (sscanf(statm, "%" SCNu64 " %" SCNu64, &whole, &resident) != 2)
		return;
	write_one(t, "process_resident_memory_bytes", "gauge", "Resident memory.",
		  (double)resident * page_bytes);
	write_one(t, "process_virtual_memory_bytes", "gauge", "Virtual memory.",
		  (double)whole * page_bytes);
}

static void write_descriptors(struct text *t)
{
	DIR *d = opendir("/proc/self/fd");
	struct rlimit limit;
	int n = -1; /* the directory itself */

	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	if (d) {
		closedir(d);
		write_one(t, "process_open_fds", "gauge", "Open file descriptors.", n);
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		write_one(t, "process_max_fds", "gauge", "File descriptors that may be open.",
			  (double)limit.rlim_cur);
}

static double seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static void write_cpu(struct text *t)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) == 0)
		write_one(t, "process_cpu_seconds_total", "counter",
			  "Time on a processor, user and system.",
			  seconds(usage.ru_utime) + seconds(usage.ru_stime));
}

/* Ticks from the start of the machine to that of the process: field 22, counted from behind the name, which may hold anything. */
static bool started_after(double *ret_s)
{
	char stat[1024];
	const char *at;

	read_file("/proc/self/stat", stat, sizeof(stat));
	at = strrchr(stat, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return false;
	*ret_s = strtod(at, NULL) / (double)sysconf(_SC_CLK_TCK);
	return true;
}

static void write_start(struct text *t)
{
	char stat[16384];
	const char *boot;
	double after_s;

	read_file("/proc/stat", stat, sizeof(stat));
	boot = strstr(stat, "\nbtime ");
	if (boot && started_after(&after_s))
		write_one(t, "process_start_time_seconds", "gauge",
			  "When the process started, in seconds since 1970.",
			  strtod(boot + 7, NULL) + after_s);
}

void process_write(struct text *t)
{
	write_memory(t);
	write_descriptors(t);
	write_cpu(t);
	write_start(t);
}
