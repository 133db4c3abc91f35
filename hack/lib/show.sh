# shellcheck shell=bash
# What the demo shows: a table that is redrawn in place on a terminal, else a line for every change.

kube() { "$NEOBURST_K8S_BIN/kubectl" "$@"; }

pod_rows() { kube get pods,podbursts --namespace demo -o json | jq -r -f "$DEMO/rows.jq"; }

DRAWN=0 # lines of the table on the screen
declare -A LAST=()

# show ROWS
show() {
  if [[ -t 1 && "${TERM:-dumb}" != dumb ]]; then redraw "$1"; else tell_changes "$1"; fi
}

redraw() {
  local pod state node provider country seconds colour rows
  [[ $DRAWN -eq 0 ]] || printf '\e[%dA' "$DRAWN"
  printf '\e[K\n%s%-14s %-10s %-44s %-12s %-8s %7s%s\e[K\n' "$BOLD" POD STATE NODE PROVIDER COUNTRY SINCE "$PLAIN"
  rows=0
  while IFS=$'\t' read -r pod state node provider country seconds _; do
    case "$state" in
      Running) colour=$GREEN ;;
      Succeeded) colour=$DIM ;;
      Failed) colour=$RED ;;
      *) colour=$YELLOW ;;
    esac
    printf '%-14s %s%-10s%s %-44s %-12s %-8s %6ss\e[K\n' "$pod" "$colour" "$state" "$PLAIN" "${node:0:44}" "$provider" "$country" "$seconds"
    rows=$((rows + 1))
  done <<< "$1"
  printf '%s%s%s\e[K\n' "$DIM" "$(totals "$1")" "$PLAIN"
  printf "\e[J"
  DRAWN=$((rows + 3))
}

tell_changes() {
  local pod state node provider country
  while IFS=$'\t' read -r pod state node provider country _; do
    [[ -n "$pod" && "${LAST[$pod]:-}" != "$state $node $provider" ]] || continue
    LAST[$pod]="$state $node $provider"
    say "$(printf '%-14s %-10s %-44s %-12s %s' "$pod" "$state" "$node" "$provider" "$country")"
  done <<< "$1"
}

totals() {
  awk -F '\t' '
    $3 != "-" && $2 != "Succeeded" && $2 != "Failed" { busy[$4]++ }
    $2 == "Succeeded" { done++ } $2 !~ /^(Running|Succeeded|Failed)$/ { waiting++ }
    END { printf "home: %d of 8 GPUs   neocloud-eu: %d   neocloud-us: %d   waiting: %d   done: %d",
                 busy["home"], busy["neocloud-eu"], busy["neocloud-us"], waiting, done }' <<< "$1"
}
