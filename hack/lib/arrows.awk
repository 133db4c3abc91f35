# Prints every #include that goes against the layers, as file:line: what is wrong. Run from the project's root over
# the files of lib/, operator/, extender/ and cli/.
#
#   operator, extender, cli -> program -> kube/runtime;  operator, extender, cli -> profiles -> api -> burst -> market -> base
#                           -> kube/runtime -> kube/client -> kube/core -> net/http.h, base;  net -> base
#
# and every ring of operator/'s folders that include each other, directly or by others. A file at the top of operator/
# (app, main, options) is a folder of its own there.

BEGIN {
  allow("base", "")
  allow("net", "base")
  allow("market", "base")
  allow("burst", "market base")
  allow("kube/core", "base net/http.h")
  allow("kube/client", "kube/core net base")
  allow("kube/runtime", "kube/client kube/core net base")
  allow("api", "burst market kube/core base")
  allow("profiles", "api market base")
  allow("program", "kube/runtime kube/client net base")
  library = "program profiles api burst market kube/runtime kube/client kube/core net base"
  allow("operator", library)
  allow("extender", library)
  allow("cli", library)
}

function allow(box, boxes,   list, count, i) {
  known[box] = 1
  count = split(boxes, list, " ")
  for (i = 1; i <= count; i++) allowed[box, list[i]] = 1
}

# The box that a path belongs to; "" if to none.
function box_of(path,   part) {
  sub(/^lib\//, "", path)
  split(path, part, "/")
  if ((part[1] "/" part[2]) in known) return part[1] "/" part[2]
  return (part[1] in known) ? part[1] : ""
}

# The folder of operator/ that a path belongs to; for a file at its top the file without its extension.
function folder_of(path,   part) {
  if (split(path, part, "/") < 2 || part[1] != "operator") return ""
  sub(/\.(h|cc)$/, "", part[2])
  return part[2]
}

# Follows the includes from `folder`; `road` is how we came there. Prints a ring once: from its first folder by name.
function follow(folder, start, road,   next_folder, pair) {
  for (pair in edge) {
    split(pair, ends, SUBSEP)
    if (ends[1] != folder) continue
    next_folder = ends[2]
    if (next_folder == start) print edge[folder, next_folder] ": closes a ring of folders: " road " -> " start
    else if (next_folder > start && !((start, next_folder) in followed)) {
      followed[start, next_folder] = 1
      follow(next_folder, start, road " -> " next_folder)
    }
  }
}

END {
  for (pair in edge) {
    split(pair, ends, SUBSEP)
    starts[ends[1]] = 1
  }
  for (start in starts) follow(start, start, start)
}

function wrong(what) { print FILENAME ":" FNR ": " what }

FNR == 1 {
  here = box_of(FILENAME)
  if (here == "") wrong("belongs to no layer; add it to hack/lib/arrows.awk")
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
  path = $0
  sub(/^[^<"]*[<"]/, "", path)
  sub(/[>"].*/, "", path)
  if (path ~ /^boost\// && here != "net") wrong("<" path "> outside lib/net")
  if (path ~ /^(cpprest|pplx)\// && folder_of(FILENAME) != "feeds") wrong("<" path "> outside operator/feeds")
  if (path ~ /(^|\/)\.\.\//) wrong("\"" path "\" goes up; name it from the root")
  if ($0 !~ /"/ || path !~ /\//) next
  from_folder = folder_of(FILENAME)
  to_folder = folder_of(path)
  if (from_folder != "" && to_folder != "" && from_folder != to_folder) edge[from_folder, to_folder] = FILENAME ":" FNR
  there = box_of(path)
  if (there == "" || there == here) next
  if (!((here, there) in allowed) && !((here, path) in allowed)) wrong(here " must not include \"" path "\"")
}
