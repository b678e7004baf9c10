/* file.h: handles of the files that are evidence of a step. */
#ifndef VEHA_TENANTS_FILE_H
#define VEHA_TENANTS_FILE_H

#include "veha/request.h"

enum { FILE_BYTES_MAX = 10 * 1024 * 1024 };

resource_handle file_upload; /* makes name, kind and content of the file that was sent */
resource_handle file_download;

#endif
