// The commit that a program was released from.
#pragma once

// 40 hexadecimal digits, followed by `-dirty` if the sources had other changes; empty unless scripts/dist made the program.
const char *build_commit(void);
