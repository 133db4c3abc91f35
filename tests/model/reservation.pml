/* One pod and ONE burst node on which two attempts follow each other: nodeName alone cannot tell them apart. The pod
 * object holds nodeName and the reserved annotation; every write of it is a compare-and-set. Two operators, each of
 * which may act on an old snapshot of the pod, late creations and late bindings, anchors and twins removed at any time.
 *
 * The compare-and-set compares values where the real one compares versions, so it succeeds more often: what holds here
 * holds there.
 */
#define NONE 0
#define HOME 1
#define NODE 2                 /* the burst node of both attempts */
#define T_NONE 0
#define T_PLACED 1             /* holds its GPUs */
#define T_RUN 2

byte bound = NONE;             /* spec.nodeName: written once */
byte reserved = 0;             /* 0, or the attempt's number 1..2 */
byte twin[2];
bool go[2];
bool late_twin[2];
bool late_go[2];
bool late_bind[2];             /* bindings on their way: to home, to the burst node */

inline check() {
  assert(!(twin[0] == T_RUN && twin[1] == T_RUN));                      /* never two attempts */
  assert(!(bound == HOME && (twin[0] == T_RUN || twin[1] == T_RUN)));   /* never home and remote */
  assert(twin[0] != T_RUN || (bound == NODE && reserved == 1));
  assert(twin[1] != T_RUN || (bound == NODE && reserved == 2))
}

proctype Schedulers() {
  do
  :: late_bind[0] = true
  :: late_bind[1] = true                                                 /* the extender may be absent or wrong */
  :: atomic { late_bind[0] -> late_bind[0] = false; if :: bound == NONE -> bound = HOME; check() :: else fi }
  :: atomic { late_bind[1] -> late_bind[1] = false; if :: bound == NONE -> bound = NODE; check() :: else fi }
  od
}

proctype Operator() {
  byte i; byte seen_bound = NONE; byte seen_reserved = 0;
  do
  :: i = 0
  :: i = 1
  :: atomic { seen_bound = bound; seen_reserved = reserved }             /* one version of the pod, however old */
  :: late_twin[i] = true
  :: atomic {                                                            /* reserve, unless tied already */
       !(seen_bound == NODE && seen_reserved != 0) ->
       if :: bound == seen_bound && reserved == seen_reserved -> reserved = i + 1; check() :: else fi }
  :: atomic {                                                            /* un-reserve: only while unbound */
       seen_bound != NODE ->
       if :: bound == seen_bound && reserved == seen_reserved -> reserved = 0; check() :: else fi }
  :: seen_bound == NODE && seen_reserved == i + 1 -> late_go[i] = true   /* R1 */
  :: twin[i] = T_NONE                                                    /* give up, lose, sweep: whenever */
  od
}

proctype Provider(byte i) {
  do
  :: atomic { late_twin[i] -> late_twin[i] = false; if :: twin[i] == T_NONE -> twin[i] = T_PLACED :: else fi }
  :: atomic { late_go[i] -> late_go[i] = false; go[i] = true }
  :: atomic { twin[i] == T_PLACED && go[i] -> twin[i] = T_RUN; check() }
  od
}

init { atomic { run Schedulers(); run Operator(); run Operator(); run Provider(0); run Provider(1) } }
