#!/bin/sh
# Finds the settings with which xz packs a file smallest, by `hpo ask` and
# `hpo tell`: the loop is the script's own, and no task is run for it.
#
#	sh examples/shell/tune.sh [FILE]

set -eu
hpo=${HPO:-hpo}
file=${1:-$(dirname "$0")/../digits/data/digits.csv}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export HPO_STORE="sqlite:$dir/tune.db"

# xz's own rule, lc + lp <= 4, goes with the parameters.
"$hpo" create --name xz --minimize bytes --trials 40 --seed 1 --strategy tpe \
	--param 'lc=int(0,4)' --param 'lp=int(0,4)' --param 'pb=int(0,4)' \
	--param 'nice=int(8,273,log)' --param 'mf=choice(hc4,bt2,bt3,bt4)' \
	--constraint 'lc + lp <= 4' >/dev/null

# field NAME: a number or a word of the trial's JSON.
field() { printf '%s' "$trial" | sed -n "s/.*\"$1\": *\"\{0,1\}\([a-z0-9]*\).*/\1/p"; }

# pack: the size of the file with the settings of the trial.
pack()
{
	xz --stdout --format=xz --lzma2="lc=$(field lc),lp=$(field lp),pb=$(field pb),\
nice=$(field nice),mf=$(field mf),dict=1MiB" "$file" | wc -c
}

while trial=$("$hpo" ask xz 2>"$dir/why"); do
	"$hpo" tell xz "$(field number)" "$(pack)" >/dev/null
done
[ "$("$hpo" trials xz --json | grep -o '"completed"' | wc -l)" = 40 ] || { cat "$dir/why"; exit 1; }

trial=$("$hpo" top xz -n 1 --json)
echo "xz -9e packs it in $(xz -9e --stdout "$file" | wc -c) bytes,"
echo "the best of 40 trials in $(pack):"
echo "lc=$(field lc) lp=$(field lp) pb=$(field pb) nice=$(field nice) mf=$(field mf)"
[ "$(pack)" -lt "$(xz -9e --stdout "$file" | wc -c)" ]
