# Prints the table from the rows and the results: medians, the range, the ratio to nginx; then what
# latchd's targets say. A ratio is the median of the ratios of the turns, of which a round has one or
# several, since what disturbs a turn disturbs both. Variables: counter, rate, rounds, tls.

function trim(s) { gsub(/^ +| +$/, "", s); return s }

# sets median, lowest, highest of v[1..n]
function spread(v, n,    i, j, x) {
	for (i = 2; i <= n; i++) {
		x = v[i]
		for (j = i - 1; j >= 1 && v[j] > x; j--)
			v[j + 1] = v[j]
		v[j + 1] = x
	}
	median = n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	lowest = v[1]
	highest = v[n]
}

# the values of a metric, or the ratios to a baseline, each time that it was measured; 0 when it was not
function gather(row, proxy, metric, baseline,    r, n, v, key, base) {
	n = 0
	for (r = 1; r <= turns; r++) {
		key = row SUBSEP turn[r] SUBSEP proxy SUBSEP metric
		base = row SUBSEP turn[r] SUBSEP baseline SUBSEP metric
		if (!(key in value) || (baseline != "" && (!(base in value) || value[base] == 0)))
			continue
		v[++n] = baseline == "" ? value[key] : value[key] / value[base]
	}
	if (n)
		spread(v, n)
	return n
}

function number(x) { return sprintf(x < 10 ? "%.2f" : x < 1000 ? "%.1f" : "%.0f", x) }

function cell(row, proxy, metric,    m, range) {
	if (!gather(row, proxy, metric, ""))
		return "-"
	m = number(median)
	range = number(lowest) "-" number(highest)
	if (!(metric in compared) || !gather(row, proxy, metric, "nginx"))
		return m " [" range "]"
	return sprintf("%s x%.2f [%s]", m, median, range)
}

function line(row, metric,    i, text) {
	text = sprintf("%-9s %-15s", row, names[metric])
	for (i = 1; i <= proxies; i++)
		text = text sprintf(" %-26s", cell(row, order[i], metric))
	sub(/ +$/, "", text)
	print text
}

# "cpu_us/nginx 0.85", "webhooks_s >=2000": met, or by how much not
function judge(row, target,    part, metric, baseline, limit, what, least, wanted, met) {
	split(target, part, / +/)
	limit = part[2]
	least = sub(/^>=/, "", limit)
	wanted = (least ? "at least " : "at most ") number(limit)
	metric = part[1]
	baseline = ""
	if (metric ~ /\//) {
		baseline = metric
		sub(/.*\//, "", baseline)
		sub(/\/.*/, "", metric)
	}
	what = sprintf("%-9s %s", row, names[metric] (baseline == "" ? "" : ", of " baseline))
	if (!gather(row, "latchd", metric, baseline)) {
		printf "%-44s %-14s   not measured\n", what, wanted
		return
	}
	met = least ? median >= limit + 0 : median <= limit + 0
	printf "%-44s %-14s   %s [%s-%s]   %s\n", what, wanted, number(median), number(lowest), number(highest),
		met ? "met" : "FALLS SHORT"
	short += !met
}

BEGIN {
	FS = "|"
	proxies = split("nginx nginx-auth haproxy latchd", order, " ")
	metrics = split("cpu_us syscalls rps core p50_us p99_us all_p99_us all_p999_us hits two_to_one log_us heap_calls " \
		"idle_kib ns instructions start_s start_cpu_s rss_mb people_mb p50_few p99_few attachments_s webhooks_s", metric_order, " ")
	for (i = split("cpu_us syscalls rps p50_us p99_us all_p99_us all_p999_us idle_kib", each, " "); i; i--)
		compared[each[i]]
	for (i = 1; i <= proxies; i++)
		shown[order[i]]
	names["cpu_us"] = "CPU us"
	names["syscalls"] = "syscalls"
	names["rps"] = "requests/s"
	names["core"] = "% of core"
	names["p50_us"] = "p50 us"
	names["p99_us"] = "p99 us"
	names["all_p99_us"] = "whole p99"
	names["all_p999_us"] = "whole p99.9"
	names["hits"] = "% cache hits"
	names["two_to_one"] = "CPU, two to one"
	names["log_us"] = "CPU us more"
	names["heap_calls"] = "heap calls"
	names["idle_kib"] = "KiB each"
	names["ns"] = "ns"
	names["instructions"] = "instructions"
	names["start_s"] = "s to serving"
	names["start_cpu_s"] = "CPU s of these"
	names["rss_mb"] = "MB resident"
	names["people_mb"] = "MB of them"
	names["p50_few"] = "p50, to few"
	names["p99_few"] = "p99, to few"
	names["attachments_s"] = "attachments/s"
	names["webhooks_s"] = "webhooks/s"
}

FNR == 1 { file++ }
file == 1 && /^#/ { next }
file == 1 && NF {
	rows[++count] = trim($1)
	targets[count] = trim($7)
	FS = "|"
	next
}
file == 2 {
	split($0, f, "\t")
	value[f[1], f[2], f[3], f[4]] = f[5]
	if (!(f[2] in known)) {
		known[f[2]]
		turn[++turns] = f[2]
	}
	measured[f[1]] = 1
	if (f[3] in shown)
		has[f[1], f[4]] = 1
	if (f[4] == "core_others")
		others[++disturbed] = f[5]
}

END {
	printf "\nPer request, median of %d rounds, x ratio to nginx, [lowest-highest]\n", rounds
	printf "%-9s %-15s", "row", "what"
	for (i = 1; i <= proxies; i++)
		printf " %-26s", order[i]
	print ""
	for (i = 1; i <= count; i++)
		for (j = 1; j <= metrics; j++)
			if ((rows[i], metric_order[j]) in has)
				line(rows[i], metric_order[j])
	print "\nlatchd against its targets"
	for (i = 1; i <= count; i++) {
		n = split(targets[i], each, /, */)
		for (j = 1; j <= n && rows[i] in measured; j++)
			judge(rows[i], each[j])
	}
	print ""
	print "System calls were " (counter == "none" ? "not counted." : "counted by " (counter == "perf" ? "perf (raw_syscalls:sys_enter)." : "strace -c."))
	if (tls != "")
		print "Over TLS all agreed upon the same: " tls "."
	if (rate != "")
		printf "Latency is that at %d requests a second, half of what saturates nginx.\n", rate
	if (disturbed) {
		spread(others, disturbed)
		printf "Others used %.0f %% of the proxies' core (median; at worst %.0f %%).\n", median, highest
	}
	if (short)
		printf "%d of the targets fall short.\n", short
}
