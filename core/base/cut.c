#include "base/cut.h"

#include <string.h>

char *cut_copy(char *buf, size_t size, const char *text)
{
    size_t length = strnlen(text, size);

    if (length == size)
        for (length = size - 1; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
            length--;
    memcpy(buf, text, length);
    buf[length] = '\0';
    return buf;
}
