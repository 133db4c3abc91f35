#include "net/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace net {

int no_password(char*, int, int, void*) { return 0; }

bool at_end_of_pem() {
  const unsigned long error = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (end) ERR_clear_error();
  return end;
}

}  // namespace net
