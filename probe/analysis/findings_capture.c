/* summary: findings about the recording itself: loss, an unclean end, connections that cannot be read, coverage */
#include "findings.h"

#include <inttypes.h>

void ana_rule_data_lost(struct ana_findings *f)
{
    const struct ana_capture *c = &f->r->capture;
    if (!c->lossy)
        return;
    ana_find(f, &(struct ana_finding){
                    .rule = "data_lost",
                    .severity = ANA_PROBLEM,
                    .text = ana_textf("The recording lost data: %" PRIu64 " statements and %" PRIu64
                                      " transactions are voided and left out of every figure.",
                                      c->voided_statements, c->voided_txns),
                    .evidence = ana_textf("%" PRIu64 " packets dropped by the kernel, %" PRIu64 " gaps (%" PRIu64
                                          " bytes), %" PRIu64 " statements dropped by the store%s",
                                          c->kernel_drops, c->gaps, c->gap_bytes, c->store_drops,
                                          c->cut_off ? "; the capture file ends inside a packet" : ""),
                    .against = c->statements > 0
                                   ? ana_textf("the voided statements are %.2f %% of %" PRIu64,
                                               100.0 * (double)c->voided_statements / (double)c->statements,
                                               c->statements)
                                   : NULL});
}

void ana_rule_not_ended(struct ana_findings *f)
{
    if (f->r->capture.complete)
        return;
    ana_find(f, &(struct ana_finding){
                    .rule = "not_ended",
                    .severity = ANA_NOTICE,
                    .text = ana_text("The recorder did not end cleanly: the run ends with what it had written."),
                    .evidence = ana_text("the run carries no mark of a clean end")});
}

void ana_rule_unreadable(struct ana_findings *f)
{
    const struct ana_coverage *c = &f->r->coverage;
    if (c->tls + c->compressed == 0)
        return;
    ana_find(f, &(struct ana_finding){
                    .rule = "unreadable_connections",
                    .severity = c->plain == 0 ? ANA_PROBLEM : ANA_NOTICE,
                    .text = ana_textf("%" PRIu64 " TLS and %" PRIu64
                                      " compressed connections cannot be read: their statements are in no figure.",
                                      c->tls, c->compressed),
                    .evidence = ana_textf("%" PRIu64 " plain connections were read", c->plain),
                    .against = ana_text("with ssl-mode=DISABLED and no compression on the application's side they "
                                        "would be seen")});
}

void ana_rule_coverage(struct ana_findings *f)
{
    const struct ana_coverage *c = &f->r->coverage;
    if (!c->server_known || c->server_statements == 0 || (c->ratio > 0.99 && c->ratio < 1.01))
        return;
    ana_find(f, &(struct ana_finding){
                    .rule = "coverage",
                    .severity = ANA_NOTICE,
                    .text = ana_textf("The wire showed %.1f %% of the statements that the server counted.",
                                      100 * c->ratio),
                    .evidence = ana_textf("%" PRIu64 " on the wire, %" PRIu64 " at the server", c->wire_statements,
                                          c->server_statements),
                    .against = c->why_not ? ana_text(c->why_not)
                                          : ana_text("the samples are not taken at the very moment of a packet: a "
                                                     "short recording differs by a few statements")});
}
