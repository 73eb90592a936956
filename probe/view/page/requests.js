// summary: the slowest requests as timelines: the request, its waits, its transactions and statements
function drawRequests(holder, d) {
  holder.append(empty("No timelines in this report."));
}
