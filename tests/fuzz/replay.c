/* Outside the fuzz variant this is a fuzz target's main: it feeds it each file of its corpus,
 * tests/fuzz/corpus/<target>/, or the files that are named. */
#include "base/mem.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	size_t size = 0, n;

	if (!file) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	do { /* as large as the file and no larger: a read beyond its end is to be noticed */
		bytes = mem_resize(bytes, size + 4096);
		n = fread(bytes + size, 1, 4096, file);
		size += n;
	} while (n);
	fclose(file);
	bytes = mem_resize(bytes, size);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(bytes, size);
	mem_free(bytes);
}

static int replay_corpus(const char *target)
{
	char path[512];
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/%s", target);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "tests/fuzz/corpus/%s/%s", target, entry->d_name);
		replay_file(path);
		count++;
	}
	if (dir)
		closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	int count = argc - 1;

	for (int i = 1; i < argc; i++)
		replay_file(argv[i]);
	if (argc == 1)
		count = replay_corpus(name + strlen("fuzz_"));
	printf("%s - %s: %d inputs\n", count ? "ok" : "not ok", name, count);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
