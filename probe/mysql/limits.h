/* summary: limits of the MySQL stage with their reasons, capability flags of the protocol */
#ifndef MYW_LIMITS_H
#define MYW_LIMITS_H

/* Client capability flags (MySQL documentation, "Capabilities Flags"). */
#define CAP_MYSQL 0x00000001u /* unset in a MariaDB greeting, which then has extended capabilities */
#define CAP_WITH_DB 0x00000008u
#define CAP_COMPRESS 0x00000020u
#define CAP_PROTOCOL_41 0x00000200u
#define CAP_SSL 0x00000800u
#define CAP_SECURE 0x00008000u
#define CAP_PLUGIN_AUTH 0x00080000u
#define CAP_CONNECT_ATTRS 0x00100000u
#define CAP_LENENC_AUTH 0x00200000u
#define CAP_SESSION_TRACK 0x00800000u
#define CAP_DEPRECATE_EOF 0x01000000u
#define CAP_OPTIONAL_META 0x02000000u
#define CAP_ZSTD 0x04000000u
#define CAP_QUERY_ATTRS 0x08000000u
/* MariaDB's extended capabilities, bits 32 and up of its documentation. */
#define EXT_CACHE_META 0x00000010u

/* Limits, with the reason for each value. */
#define MYW_HEAD_MAX 4096u   /* kept of a packet that is read whole: an OK with session tracking, a login */
#define MYW_QUEUE_MAX 1024u  /* commands in flight: Java batches 100 of them, Node takes any number */
#define MYW_HELD_MAX 256u    /* commands held back out of step: mostly those without an answer */
#define MYW_RUNS_MAX 262144u /* commands in flight or held over all connections, about 256 MB */
#define MYW_STMTS_MAX                                                                                        \
    4096u /* remembered statements of a connection: a quarter of the server's default limit */
#define MYW_STMT_BYTES_MAX (8u << 20)       /* their texts and types on one connection */
#define MYW_ALL_STMT_BYTES_MAX (512u << 20) /* and over all connections */
#define MYW_FLIGHT_BYTES_MAX (256u << 20)   /* command texts in flight over all connections */
#define MYW_BUF_MAX ((size_t)1 << 30)       /* of any buffer; what is kept is chosen before */
#define MYW_INFLATE_BYTES_MAX (128u << 20)  /* inflaters of compressed packets under way, all connections */
#define MYW_INFLATE_RATIO_MAX 2048u         /* deflate ends at 1032; longer is worth nobody's time */
#define MYW_LOCKSTEP_SURE 4u /* commands, one after another, that show a driver which does not pipeline */
#define MYW_NAME_MAX 255u    /* user, schema and attribute texts: longer than any legal identifier in UTF-8 */
#define MYW_TXN_STATE_BYTES 8u /* of SESSION_TRACK_TRANSACTION_STATE */
#define MYW_ERROR_MAX 512u     /* MYSQL_ERRMSG_SIZE of the server */

/* Commands kept to be used again, as many as are in flight at a time in usual traffic, with texts up to this
 * size. None where a sanitizer is to see each use after its end. */
#if defined(__SANITIZE_ADDRESS__)
#define MYW_SPARES_MAX 0u
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MYW_SPARES_MAX 0u
#endif
#endif
#ifndef MYW_SPARES_MAX
#define MYW_SPARES_MAX 64u
#endif
#define MYW_SPARE_TEXT_MAX 1024u
/* Kept while the response is awaited, too: what an EXECUTE needs without its values. */
#define MYW_KEPT_TEXT_MAX 64u

#endif
