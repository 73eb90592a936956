/* summary: names and numbers of commands, status flags and notes */
#include "parts.h"

const char *myw_cmd_name(enum myw_cmd cmd)
{
    switch ((int)cmd) {
#define MYW_CMD(NAME, code, answer)                                                                          \
    case code:                                                                                               \
        return #NAME;
#include "myw_cmd.def"
#undef MYW_CMD
    case MYW_CMD_CONNECT:
        return "CONNECT";
    default:
        return "UNKNOWN";
    }
}

/* Commands that a server does not know or refuses are answered by ERR. */
enum myw_answer myw_answer_of(enum myw_cmd code)
{
    switch ((int)code) {
#define MYW_CMD(NAME, number, answer)                                                                        \
    case number:                                                                                             \
        return ANSWER_##answer;
#include "myw_cmd.def"
#undef MYW_CMD
    case MYW_CMD_CONNECT:
        return ANSWER_AUTH;
    default:
        return ANSWER_OK;
    }
}

bool myw_cmd_known(unsigned code)
{
    switch (code) {
#define MYW_CMD(NAME, number, answer) case number:
#include "myw_cmd.def"
#undef MYW_CMD
        return true;
    default:
        return false;
    }
}

const char *myw_status_flag_name(uint16_t bit)
{
    switch (bit) {
    case MYW_STATUS_IN_TRANS:
        return "IN_TRANS";
    case MYW_STATUS_AUTOCOMMIT:
        return "AUTOCOMMIT";
    case MYW_STATUS_MORE_RESULTS:
        return "MORE_RESULTS_EXISTS";
    case MYW_STATUS_NO_GOOD_INDEX_USED:
        return "NO_GOOD_INDEX_USED";
    case MYW_STATUS_NO_INDEX_USED:
        return "NO_INDEX_USED";
    case MYW_STATUS_CURSOR_EXISTS:
        return "CURSOR_EXISTS";
    case MYW_STATUS_LAST_ROW_SENT:
        return "LAST_ROW_SENT";
    case MYW_STATUS_DB_DROPPED:
        return "DB_DROPPED";
    case MYW_STATUS_NO_BACKSLASH_ESCAPES:
        return "NO_BACKSLASH_ESCAPES";
    case MYW_STATUS_METADATA_CHANGED:
        return "METADATA_CHANGED";
    case MYW_STATUS_QUERY_WAS_SLOW:
        return "QUERY_WAS_SLOW";
    case MYW_STATUS_PS_OUT_PARAMS:
        return "PS_OUT_PARAMS";
    case MYW_STATUS_IN_TRANS_READONLY:
        return "IN_TRANS_READONLY";
    case MYW_STATUS_SESSION_STATE_CHANGED:
        return "SESSION_STATE_CHANGED";
    default:
        return NULL;
    }
}

const char *myw_note_name(uint32_t bit)
{
    switch (bit) {
    case MYW_NOTE_GAP:
        return "gap";
    case MYW_NOTE_MID_STREAM:
        return "mid_stream";
    case MYW_NOTE_TLS:
        return "tls";
    case MYW_NOTE_TRUNCATED:
        return "truncated";
    case MYW_NOTE_COMPRESSED:
        return "compressed";
    case MYW_NOTE_CLOSED:
        return "closed";
    case MYW_NOTE_DESYNC:
        return "desync";
    case MYW_NOTE_UNKNOWN_STMT:
        return "unknown_stmt";
    case MYW_NOTE_STREAM:
        return "stream";
    case MYW_NOTE_UNSOLICITED:
        return "unsolicited";
    case MYW_NOTE_X_PROTOCOL:
        return "x_protocol";
    case MYW_NOTE_PIPELINED:
        return "pipelined";
    default:
        return NULL;
    }
}
