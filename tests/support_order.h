// SPDX-License-Identifier: Apache-2.0
// Words that stand in a text one after the other. Include after cmocka.h.
#ifndef HPB_TEST_SUPPORT_ORDER_H
#define HPB_TEST_SUPPORT_ORDER_H

#include <string.h>

/// Fails unless the words stand in the text in this order.
static inline void assert_in_order(const char *text, const char *const *words, size_t n)
{
    const char *at = text;
    for (size_t i = 0; i < n; i++) {
        const char *found = strstr(at, words[i]);
        if (!found)
            fail_msg("%s, or not after \"%s\": %s\n%s",
                     strstr(text, words[i]) ? "too early" : "missing",
                     i ? words[i - 1] : "the start", words[i], text);
        at = found ? found + 1 : at;
    }
}

#endif // HPB_TEST_SUPPORT_ORDER_H
