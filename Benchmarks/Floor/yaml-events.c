/* The floor of every compile: reads the YAML files of a folder and lets libyaml tell their events, nothing more. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <yaml.h>

struct file {
  unsigned char *bytes;
  size_t length;
};

static struct file *files;
static size_t count, capacity, total;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void take(const char *path, size_t size) {
  int descriptor = open(path, O_RDONLY);
  if (descriptor < 0) exit(3);
  unsigned char *bytes = malloc(size ? size : 1);
  size_t length = 0;
  ssize_t got;
  while (length < size && (got = read(descriptor, bytes + length, size - length)) > 0) length += (size_t)got;
  close(descriptor);
  if (count == capacity) files = realloc(files, (capacity = capacity ? capacity * 2 : 1024) * sizeof *files);
  files[count++] = (struct file){bytes, length};
  total += length;
}

static void walk(const char *folder) {
  DIR *stream = opendir(folder);
  if (!stream) exit(3);
  struct dirent *entry;
  while ((entry = readdir(stream))) {
    if (entry->d_name[0] == '.') continue;
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    struct stat status;
    if (lstat(path, &status)) exit(3);
    size_t length = strlen(path);
    if (S_ISDIR(status.st_mode))
      walk(path);
    else if (S_ISREG(status.st_mode) && length > 5 && !strcmp(path + length - 5, ".yaml"))
      take(path, (size_t)status.st_size);
  }
  closedir(stream);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  double start = now();
  walk(argv[1]);
  double parsed = now();
  size_t events = 0;
  for (size_t index = 0; index < count; index++) {
    yaml_parser_t parser;
    yaml_event_t event;
    if (!yaml_parser_initialize(&parser)) return 3;
    yaml_parser_set_input_string(&parser, files[index].bytes, files[index].length);
    int done = 0;
    while (!done) {
      if (!yaml_parser_parse(&parser, &event)) return 1;
      done = event.type == YAML_STREAM_END_EVENT;
      events++;
      yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
  }
  double end = now();
  printf("{\"files\": %zu, \"bytes\": %zu, \"events\": %zu, \"read\": %.6f, \"parse\": %.6f}\n", count, total, events,
         parsed - start, end - parsed);
  return 0;
}
