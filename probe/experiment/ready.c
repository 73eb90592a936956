/* summary: has the target come up: does its URL answer */
#include "ready.h"

#include <curl/curl.h>

static size_t drop(char *data, size_t size, size_t n, void *priv)
{
    (void)data;
    (void)priv;
    return size * n;
}

bool exp_ready(const char *url)
{
    CURL *c = curl_easy_init();
    long status = 0;
    if (!c)
        return false;
    (void)curl_easy_setopt(c, CURLOPT_URL, url);
    (void)curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, 1000L);
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
    bool ok = curl_easy_perform(c) == CURLE_OK &&
              curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status > 0 && status < 400;
    curl_easy_cleanup(c);
    return ok;
}
