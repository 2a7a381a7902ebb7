#!/bin/sh
# Print what the library costs, beside Optuna where Python has it.
#
#   bench/run.sh [BENCH]    BENCH is the compiled bench.c; default: found in $BUILD or .build
#
# LARGE=1 measures Optuna at 10,000 trials too, which takes minutes.
set -eu

here=$(dirname "$0")
bench=${1:-$(find "${BUILD:-.build}" -path '*/bench/bench' -type f | head -n 1)}
if [ -z "$bench" ]; then
	echo "bench/run.sh: no compiled bench; run 'make bench'" >&2
	exit 1
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM

"$bench" "$folder" >"$folder/ours"
: >"$folder/theirs"
if python3 -c 'import optuna' 2>/dev/null; then
	python3 "$here/optuna_cost.py" "$folder" ${LARGE:+--large} >"$folder/theirs"
fi

awk -F '\t' -v theirs="$folder/theirs" '
function show(value) { return value == "" ? "-" : sprintf(value >= 100 ? "%.0f" : "%.3g", value) }
BEGIN {
	while ((getline line < theirs) > 0) {
		split(line, field, "\t")
		other[field[1] SUBSEP field[2]] = field[3]
	}
	printf "%-48s %5s %10s %10s %12s\n", "", "", "libhpo", "Optuna", "multivariate"
}
{
	printf "%-48s %5s %10s %10s %12s\n", $1, $2, show($3),
		show(other[$1 SUBSEP "Optuna"]), show(other[$1 SUBSEP "Optuna multivariate"])
}' "$folder/ours"

# The dense kernels beside OpenBLAS, where that was there to build with.
kernels=$(dirname "$bench")/kernels
if [ -x "$kernels" ]; then
	echo
	"$kernels" | awk -F '\t' '
	NR == 1 { printf "%-48s %5s %10s %10s %12s\n", "kernel", "n", "libhpo", "OpenBLAS", "ratio" }
	{ printf "%-48s %5s %7s ms %7s ms %12s\n", $1, $2, $3, $4, $5 }'
fi
