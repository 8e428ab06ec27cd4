------------------------------- MODULE Cutover -------------------------------
(* One migration of one tenant from realm S to realm T, with the tenant's     *)
(* writers at work: copy, capture, fence, flip, soak, return, purge, on       *)
(* processes that crash, hang and are taken over, and for nodes whose idea of *)
(* the tenant's home is old. docs/model.md maps the actions to the code.      *)
(*                                                                            *)
(* An action is one transaction of one database, or the begin or the end of   *)
(* one that holds locks meanwhile. A process that hangs is one that takes no  *)
(* step; a connection that is cut is a crash.                                 *)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Keys,         \* the tenant's rows; each is a chunk of its own
  Writers,      \* sessions of the application, at any node
  Processes,    \* migrators, at any node
  MaxWrites,    \* how many transactions the application begins
  MaxCrashes,   \* how often a process dies
  MaxTakeovers, \* how often one takes over from one that is still alive
  MaxTimeouts,  \* how often one gives up waiting, or gets no answer
  Fault         \* what is left out of the design; "none" for the design itself

VARIABLES
  \* The control database.
  route,   \* the realm that the route names
  state,   \* of the migration
  epoch,   \* of the migration
  soak,    \* whether a return is possible
  \* The realms' databases.
  rows,    \* the version of each row; 0 where there is none
  fence,   \* state, epoch, and whether changes are captured
  guard,   \* the epoch whose process may write the copy's rows
  log,     \* captured changes: the row and the version that caused the entry
  done,    \* chunks with a checkpoint, in T
  \* Whoever works on them.
  writer, process, flips,
  \* What happened, for the promises and for the bounds.
  truth,   \* the newest version of each row that a client saw committed
  stray,   \* whether a write was accepted away from home
  homes,   \* realms that some node may take for the home
  copies,  \* how often each chunk was written into T
  reopened, \* whether a rollback has told the source to take writes
  version, begun, crashes, takeovers, timeouts

control == <<route, state, epoch, soak>>
realms == <<rows, fence, guard, log, done>>
bounds == <<version, begun, crashes, takeovers, timeouts>>
history == <<truth, stray, homes, copies, reopened>>
vars == <<control, realms, writer, process, flips, history, bounds>>

S == "S"
T == "T"
Realms == {S, T}

NoRows == [k \in Keys |-> 0]
Idle == [verb |-> "none", pc |-> "idle", epoch |-> 0, taken |-> {}, values |-> NoRows]
NoFence == [state |-> "NONE", epoch |-> 0, capture |-> FALSE]
Nobody == [pc |-> "idle", realm |-> S, seen |-> NoFence, key |-> CHOOSE k \in Keys : TRUE,
           captured |-> FALSE]

Init ==
  /\ route = S /\ state = "SCHEDULED" /\ epoch = 1 /\ soak = FALSE
  /\ rows = [r \in Realms |-> IF r = S THEN [k \in Keys |-> 1] ELSE NoRows]
  /\ fence = [r \in Realms |-> NoFence]
  /\ guard = [r \in Realms |-> 0]
  /\ log = [r \in Realms |-> {}]
  /\ done = {}
  /\ writer = [w \in Writers |-> Nobody]
  /\ process = [p \in Processes |-> Idle]
  /\ flips = {}
  /\ truth = [k \in Keys |-> 1]
  /\ stray = FALSE /\ homes = {S} /\ copies = NoRows /\ reopened = FALSE
  /\ version = 1 /\ begun = 0 /\ crashes = 0 /\ takeovers = 0 /\ timeouts = 0

-----------------------------------------------------------------------------
(* The application. Its node may have any home of the past in its cache, and  *)
(* may stop for as long as it likes between any two steps.                    *)

\* Only a transaction at REPEATABLE READ has a snapshot that gets old; one at READ COMMITTED that
\* waits before its first write is as one that begins later.
Begin(w) ==
  /\ writer[w].pc = "idle" /\ begun < MaxWrites
  /\ \E r \in homes :
       writer' = [writer EXCEPT ![w] = [Nobody EXCEPT !.pc = "open", !.realm = r, !.seen = fence[r]]]
  /\ begun' = begun + 1
  /\ UNCHANGED <<control, realms, process, flips, history, version, crashes, takeovers, timeouts>>

Free(w, r, k) ==
  ~ \E v \in Writers \ {w} : writer[v].pc = "written" /\ writer[v].realm = r /\ writer[v].key = k

\* The gate takes a share lock on the fence's row, kept until the transaction ends, and reads the
\* newest version of the row. A refused transaction is over.
Write(w, k) ==
  \E r \in homes :
    /\ writer[w].pc = "idle" /\ begun < MaxWrites /\ Free(w, r, k)
    /\ fence[r].state \in {"NONE", "OPEN"}
    /\ writer' = [writer EXCEPT ![w] = [pc |-> "written", realm |-> r, seen |-> NoFence, key |-> k,
                                        captured |-> fence[r].state = "OPEN" /\ fence[r].capture]]
    /\ begun' = begun + 1
    /\ UNCHANGED <<control, realms, process, flips, history, version, crashes, takeovers, timeouts>>

\* An old snapshot cannot lock a row that was changed since: the transaction fails to serialize.
WriteInSnapshot(w, k) ==
  LET me == writer[w]
      now == fence[me.realm]
      old == now.state # "NONE" /\ now # me.seen
      believed == IF Fault = "old_snapshot_passes" THEN me.seen ELSE now
      passes == believed.state \in {"NONE", "OPEN"} /\ (~old \/ Fault = "old_snapshot_passes")
  IN
  /\ me.pc = "open" /\ Free(w, me.realm, k)
  /\ writer' = [writer EXCEPT ![w] =
       IF passes
       THEN [me EXCEPT !.pc = "written", !.key = k, !.seen = NoFence,
                       !.captured = believed.state = "OPEN" /\ believed.capture]
       ELSE Nobody]
  /\ UNCHANGED <<control, realms, process, flips, history, bounds>>

Commit(w) ==
  LET me == writer[w] new == version + 1 IN
  /\ me.pc = "written"
  /\ version' = new
  /\ rows' = [rows EXCEPT ![me.realm][me.key] = new]
  /\ log' = IF me.captured THEN [log EXCEPT ![me.realm] = @ \union {<<me.key, new>>}] ELSE log
  /\ truth' = [truth EXCEPT ![me.key] = new]
  /\ stray' = (stray \/ me.realm # route)
  /\ writer' = [writer EXCEPT ![w] = Nobody]
  /\ UNCHANGED <<control, fence, guard, done, process, flips, homes, copies, reopened,
                 begun, crashes, takeovers, timeouts>>

Abort(w) ==
  /\ writer[w].pc # "idle"
  /\ writer' = [writer EXCEPT ![w] = Nobody]
  /\ UNCHANGED <<control, realms, process, flips, history, bounds>>

\* Nobody holds a share lock on the fence, or has written to a table before it had a gate.
Quiet(r) == \A w \in Writers : ~(writer[w].pc = "written" /\ writer[w].realm = r)

-----------------------------------------------------------------------------
(* The processes.                                                             *)

\* Holds a transaction open that writes the copy's rows in r, with the guard's row locked.
InTransaction(p, r) ==
  LET me == process[p] IN
  \/ r = T /\ me.pc = "chunk"
  \/ me.pc \in {"drainWrite", "lastWrite"} /\ r = (IF me.verb = "return" THEN S ELSE T)

Guarded(r) == ~(Fault = "drain_unguarded" /\ r = T) /\ ~(Fault = "return_unguarded" /\ r = S)

Source(p) == IF process[p].verb = "return" THEN T ELSE S
Target(p) == IF process[p].verb = "return" THEN S ELSE T

Goto(p, pc) == process' = [process EXCEPT ![p].pc = pc]
Stop(p) == process' = [process EXCEPT ![p] = Idle]

\* Takes the migration over with a compare-and-set, from nobody or from a process that may live.
Take(p, from, to, verb, pc) ==
  /\ process[p].pc = "idle" /\ state \in from
  /\ LET alone == \A q \in Processes : process[q].pc = "idle" IN
     /\ alone \/ takeovers < MaxTakeovers
     /\ takeovers' = IF alone THEN takeovers ELSE takeovers + 1
  /\ state' = to /\ epoch' = epoch + 1
  /\ process' = [process EXCEPT ![p] = [Idle EXCEPT !.verb = verb, !.pc = pc, !.epoch = epoch + 1]]
  /\ UNCHANGED <<route, realms, writer, flips, truth, stray, homes, copies,
                 version, begun, crashes, timeouts>>

TakeCopy(p) == Take(p, {"SCHEDULED", "COPYING"}, "COPYING", "copy", "gateT")
               /\ UNCHANGED <<soak, reopened>>
TakeCommit(p) == Take(p, {"READY", "COMMITTING"}, "COMMITTING", "commit", "guard")
                 /\ UNCHANGED <<soak, reopened>>
TakeRollback(p) ==
  Take(p, {"COPYING", "READY", "COMMITTING", "ROLLING_BACK"}, "ROLLING_BACK", "rollback", "reopen")
  /\ reopened' = FALSE /\ UNCHANGED soak
TakeReturn(p) ==
  /\ state = "COMMITTED" => soak
  /\ Take(p, {"COMMITTED", "RETURNING"}, "RETURNING", "return", "claimT")
  /\ UNCHANGED <<soak, reopened>>
TakeReturned(p) == Take(p, {"RETURNED"}, "RETURNED", "return", "openS") /\ UNCHANGED <<soak, reopened>>
EndSoak(p) ==
  /\ soak /\ fence[T].state = "OPEN"
  /\ Take(p, {"COMMITTED"}, "COMMITTED", "soak", "endCapture")
  /\ soak' = FALSE /\ UNCHANGED reopened
TakePurge(p) ==
  /\ ~soak /\ fence[T].state = "OPEN"
  /\ Take(p, {"COMMITTED", "PURGING"}, "PURGING", "purge", "purge")
  /\ UNCHANGED <<soak, reopened>>

\* Finishes what a process has left that died after the flip; the epoch stays.
Finish(p) ==
  /\ process[p].pc = "idle" /\ state = "COMMITTED"
  /\ fence[S].state # "CLOSED" \/ fence[T].state = "CLOSED"
  /\ process' = [process EXCEPT ![p] = [Idle EXCEPT !.verb = "commit", !.pc = "close", !.epoch = epoch]]
  /\ UNCHANGED <<control, realms, writer, flips, history, bounds>>

Crash(p) ==
  /\ process[p].pc # "idle" /\ crashes < MaxCrashes
  /\ crashes' = crashes + 1
  /\ Stop(p)
  /\ UNCHANGED <<control, realms, writer, flips, history, version, begun, takeovers, timeouts>>

-----------------------------------------------------------------------------
(* Copy.                                                                      *)

\* Raising the guard waits for transactions that hold it.
MayRaiseGuard(p, r) ==
  ~Guarded(r) \/ \A q \in Processes \ {p} : ~InTransaction(q, r)

GateT(p) ==
  LET me == process[p] IN
  /\ me.pc = "gateT"
  /\ IF guard[T] > me.epoch THEN Stop(p) /\ UNCHANGED <<guard, fence>>
     ELSE /\ Quiet(T) /\ MayRaiseGuard(p, T)
          /\ guard' = [guard EXCEPT ![T] = me.epoch]
          /\ fence' = [fence EXCEPT ![T] = [state |-> "CLOSED", epoch |-> me.epoch, capture |-> FALSE]]
          /\ Goto(p, "gateS")
  /\ UNCHANGED <<control, rows, log, done, writer, flips, history, bounds>>

\* Creating the triggers waits for the writers of the tables.
GateS(p) ==
  LET me == process[p] IN
  /\ me.pc = "gateS"
  /\ IF fence[S].epoch > me.epoch THEN Stop(p) /\ UNCHANGED fence
     ELSE /\ Quiet(S) \/ Fault = "gate_not_awaited"
          /\ fence' = [fence EXCEPT ![S] = [state |-> "OPEN", epoch |-> me.epoch, capture |-> TRUE]]
          /\ Goto(p, "copy")
  /\ UNCHANGED <<control, rows, guard, log, done, writer, flips, history, bounds>>

ChunkBegin(p, k) ==
  LET me == process[p] IN
  /\ me.pc = "copy" /\ k \notin done
  /\ IF guard[T] # me.epoch THEN Stop(p)
     ELSE process' = [process EXCEPT ![p].pc = "chunk", ![p].taken = {<<k, 0>>},
                                     ![p].values = [NoRows EXCEPT ![k] = rows[S][k]]]
  /\ UNCHANGED <<control, realms, writer, flips, history, bounds>>

ChunkEnd(p) ==
  LET me == process[p] k == (CHOOSE t \in me.taken : TRUE)[1] IN
  /\ me.pc = "chunk"
  /\ rows' = [rows EXCEPT ![T][k] = me.values[k]]
  /\ copies' = [copies EXCEPT ![k] = @ + 1]
  /\ IF Fault = "checkpoint_apart"
     THEN done' = done /\ process' = [process EXCEPT ![p].pc = "checkpoint", ![p].values = NoRows]
     ELSE done' = done \union {k}
          /\ process' = [process EXCEPT ![p].pc = "copy", ![p].taken = {}, ![p].values = NoRows]
  /\ UNCHANGED <<control, fence, guard, log, writer, flips, truth, stray, homes, reopened, bounds>>

CheckpointApart(p) ==
  LET me == process[p] IN
  /\ me.pc = "checkpoint"
  /\ done' = done \union {(CHOOSE t \in me.taken : TRUE)[1]}
  /\ process' = [process EXCEPT ![p].pc = "copy", ![p].taken = {}]
  /\ UNCHANGED <<control, rows, fence, guard, log, writer, flips, history, bounds>>

Copied(p) ==
  LET me == process[p] IN
  /\ me.pc = "copy" /\ done = Keys
  /\ state' = IF epoch = me.epoch THEN "READY" ELSE state
  /\ Stop(p)
  /\ UNCHANGED <<route, epoch, soak, realms, writer, flips, history, bounds>>

-----------------------------------------------------------------------------
(* Cutover, and the return, which is the same with the ends swapped.          *)

Guard(p) ==
  LET me == process[p] IN
  /\ me.pc = "guard"
  /\ IF guard[T] > me.epoch THEN Stop(p) /\ UNCHANGED guard
     ELSE /\ MayRaiseGuard(p, T)
          /\ guard' = [guard EXCEPT ![T] = me.epoch]
          /\ Goto(p, "drain")
  /\ UNCHANGED <<control, rows, fence, log, done, writer, flips, history, bounds>>

\* A return writes its epoch into both fences before anything else, open or not.
ClaimT(p) ==
  LET me == process[p] IN
  /\ me.pc = "claimT"
  /\ IF fence[T].epoch > me.epoch \/ guard[T] > me.epoch THEN Stop(p) /\ UNCHANGED <<fence, guard>>
     ELSE /\ MayRaiseGuard(p, T)
          /\ guard' = [guard EXCEPT ![T] = me.epoch]
          /\ fence' = IF Fault = "closed_target_unclaimed" /\ fence[T].state = "CLOSED" THEN fence
                      ELSE [fence EXCEPT ![T].epoch = me.epoch]
          /\ Goto(p, "claimS")
  /\ UNCHANGED <<control, rows, log, done, writer, flips, history, bounds>>

ClaimS(p) ==
  LET me == process[p] IN
  /\ me.pc = "claimS"
  /\ IF fence[S].epoch > me.epoch \/ guard[S] > me.epoch THEN Stop(p) /\ UNCHANGED <<fence, guard>>
     ELSE /\ MayRaiseGuard(p, S)
          /\ guard' = [guard EXCEPT ![S] = me.epoch]
          /\ fence' = [fence EXCEPT ![S] = [state |-> "CLOSED", epoch |-> me.epoch, capture |-> FALSE]]
          /\ Goto(p, "drain")
  /\ UNCHANGED <<control, rows, log, done, writer, flips, history, bounds>>

Rows(t) == {e[1] : e \in t}
Seen(r, t) == [k \in Keys |-> IF k \in Rows(t) THEN rows[r][k] ELSE 0]

\* One snapshot of the source shows the entries and the rows.
DrainBegin(p) ==
  LET me == process[p] t == log[Source(p)] IN
  /\ me.pc \in {"drain", "last"} /\ t # {}
  /\ IF guard[Target(p)] # me.epoch /\ Guarded(Target(p)) THEN Stop(p) /\ UNCHANGED log
     ELSE /\ process' = [process EXCEPT ![p].pc = IF @ = "drain" THEN "drainWrite" ELSE "lastWrite",
                                        ![p].taken = t, ![p].values = Seen(Source(p), t)]
          /\ log' = IF Fault = "entries_deleted_early" THEN [log EXCEPT ![Source(p)] = @ \ t] ELSE log
  /\ UNCHANGED <<control, rows, fence, guard, done, writer, flips, history, bounds>>

DrainWrite(p) ==
  LET me == process[p] IN
  /\ me.pc \in {"drainWrite", "lastWrite"}
  /\ rows' = [rows EXCEPT ![Target(p)] =
       [k \in Keys |-> IF k \in Rows(me.taken) THEN me.values[k] ELSE @[k]]]
  /\ process' = [process EXCEPT ![p].pc = IF @ = "drainWrite" THEN "drainDelete" ELSE "lastDelete",
                                ![p].values = NoRows]
  /\ UNCHANGED <<control, fence, guard, log, done, writer, flips, history, bounds>>

DrainDelete(p) ==
  LET me == process[p] IN
  /\ me.pc \in {"drainDelete", "lastDelete"}
  /\ log' = [log EXCEPT ![Source(p)] = @ \ me.taken]
  /\ process' = [process EXCEPT ![p].taken = {},
       ![p].pc = IF @ = "drainDelete" THEN "drain"
                 ELSE IF Fault = "position_before_freeze" THEN "flip" ELSE "last"]
  /\ UNCHANGED <<control, rows, fence, guard, done, writer, flips, history, bounds>>

ToFreeze(p) ==
  LET me == process[p]
      t == IF Fault = "position_before_freeze" THEN log[Source(p)] ELSE {} IN
  /\ me.pc = "drain"
  /\ process' = [process EXCEPT ![p].pc = "freeze", ![p].taken = t, ![p].values = Seen(Source(p), t)]
  /\ UNCHANGED <<control, realms, writer, flips, history, bounds>>

Freeze(p) ==
  LET me == process[p] r == Source(p) IN
  /\ me.pc = "freeze"
  /\ IF Fault = "closed_target_unclaimed" /\ fence[r].state = "CLOSED" THEN Goto(p, "last") /\ UNCHANGED fence
     ELSE IF (fence[r].epoch > me.epoch /\ Fault # "rollback_keeps_epoch") \/ fence[r].state = "NONE"
     THEN Stop(p) /\ UNCHANGED fence
     ELSE /\ Quiet(r) \/ Fault = "fence_not_awaited"
          /\ fence' = [fence EXCEPT ![r].state = "FROZEN", ![r].epoch = me.epoch]
          /\ Goto(p, IF Fault = "position_before_freeze" THEN "lastWrite" ELSE "last")
  /\ UNCHANGED <<control, rows, guard, log, done, writer, flips, history, bounds>>

Drained(p) ==
  /\ process[p].pc = "last" /\ log[Source(p)] = {}
  /\ Goto(p, "flip")
  /\ UNCHANGED <<control, realms, writer, flips, history, bounds>>

\* The transaction may arrive late, and its answer not at all.
FlipSend(p) ==
  LET me == process[p] IN
  /\ me.pc = "flip"
  /\ flips' = flips \union {[verb |-> me.verb, epoch |-> me.epoch]}
  /\ fence' = IF Fault = "target_opened_first"
              THEN [fence EXCEPT ![Target(p)] = [state |-> "OPEN", epoch |-> me.epoch, capture |-> TRUE]]
              ELSE fence
  /\ Goto(p, "wait")
  /\ UNCHANGED <<control, rows, guard, log, done, writer, history, bounds>>

FlipArrives(f) ==
  LET out == f.verb = "commit"
      compared == epoch = f.epoch /\ state = (IF out THEN "COMMITTING" ELSE "RETURNING") IN
  /\ flips' = flips \ {f}
  /\ IF compared \/ (Fault = "flip_without_compare" /\ out)
     THEN /\ route' = IF out THEN T ELSE S
          /\ state' = IF out THEN "COMMITTED" ELSE "RETURNED"
          /\ epoch' = epoch + 1
          /\ soak' = out
          /\ homes' = IF out THEN homes \union {T} ELSE homes
     ELSE UNCHANGED <<control, homes>>
  /\ UNCHANGED <<realms, writer, process, truth, stray, copies, reopened, bounds>>

Flipped(p, e) ==
  /\ epoch = e + 1
  /\ state = IF process[p].verb = "commit" THEN "COMMITTED" ELSE "RETURNED"

Answered(p) ==
  LET me == process[p] IN
  /\ me.pc = "wait" /\ Flipped(p, me.epoch)
  /\ process' = [process EXCEPT ![p].pc = IF me.verb = "commit" THEN "close" ELSE "openS",
                                ![p].epoch = epoch]
  /\ UNCHANGED <<control, realms, writer, flips, history, bounds>>

Before(verb) == IF verb = "commit" THEN "READY" ELSE "COMMITTED"

\* The budget of the pause is over, or no answer comes.
Timeout(p) ==
  LET me == process[p] IN
  /\ me.pc \in {"freeze", "last", "wait"} /\ timeouts < MaxTimeouts
  /\ timeouts' = timeouts + 1
  /\ process' = [process EXCEPT ![p].taken = {}, ![p].values = NoRows,
       ![p].pc = IF Fault = "unfreeze_without_asking" THEN "unfreeze" ELSE "settle"]
  /\ UNCHANGED <<control, realms, writer, flips, history, version, begun, crashes, takeovers>>

\* The control database says what became of it; asking and forbidding a late flip are one step.
\* The state stays until the source takes writes again: recovery goes by the state.
Settle(p) ==
  LET me == process[p] IN
  /\ me.pc = "settle"
  /\ IF epoch = me.epoch
     THEN /\ epoch' = epoch + 1
          /\ state' = IF Fault = "given_up_before_unfreezing" THEN Before(me.verb) ELSE state
          /\ process' = [process EXCEPT ![p].pc = "unfreeze", ![p].epoch = epoch + 1]
     ELSE /\ UNCHANGED <<state, epoch>>
          /\ IF Flipped(p, me.epoch)
             THEN process' = [process EXCEPT ![p].epoch = epoch,
                    ![p].pc = IF me.verb = "commit" THEN "close" ELSE "openS"]
             ELSE Stop(p)
  /\ UNCHANGED <<route, soak, realms, writer, flips, history, bounds>>

Unfreeze(p) ==
  LET me == process[p] r == Source(p) IN
  /\ me.pc = "unfreeze"
  /\ fence' = IF fence[r].state = "FROZEN" /\ fence[r].epoch <= me.epoch
              THEN [fence EXCEPT ![r] = [state |-> "OPEN", epoch |-> me.epoch,
                                         capture |-> @.capture \/ Fault # "unfrozen_uncaptured"]]
              ELSE fence
  /\ Goto(p, "giveUp")
  /\ UNCHANGED <<control, rows, guard, log, done, writer, flips, history, bounds>>

GiveUp(p) ==
  LET me == process[p] IN
  /\ me.pc = "giveUp"
  /\ state' = IF epoch = me.epoch THEN Before(me.verb) ELSE state
  /\ Stop(p)
  /\ UNCHANGED <<route, epoch, soak, realms, writer, flips, history, bounds>>

-----------------------------------------------------------------------------
(* After the flip.                                                            *)

Close(p) ==
  LET me == process[p] IN
  /\ me.pc = "close"
  /\ IF fence[S].epoch > me.epoch \/ fence[S].state = "NONE" THEN Stop(p) /\ UNCHANGED fence
     ELSE /\ fence' = [fence EXCEPT ![S] = [state |-> "CLOSED", epoch |-> me.epoch, capture |-> FALSE]]
          /\ Goto(p, "open")
  /\ UNCHANGED <<control, rows, guard, log, done, writer, flips, history, bounds>>

Open(p) ==
  LET me == process[p] IN
  /\ me.pc = "open"
  /\ fence' = IF fence[T].epoch > me.epoch \/ fence[T].state # "CLOSED" THEN fence
              ELSE [fence EXCEPT ![T] = [state |-> "OPEN", epoch |-> me.epoch,
                                         capture |-> soak /\ Fault # "soak_uncaptured"]]
  /\ Stop(p)
  /\ UNCHANGED <<control, rows, guard, log, done, writer, flips, history, bounds>>

EndCapture(p) ==
  LET me == process[p] IN
  /\ me.pc = "endCapture"
  /\ IF fence[T].epoch > me.epoch THEN UNCHANGED <<fence, log>>
     ELSE /\ fence' = [fence EXCEPT ![T].capture = FALSE, ![T].epoch = me.epoch]
          /\ log' = [log EXCEPT ![T] = {}]
  /\ Stop(p)
  /\ UNCHANGED <<control, rows, guard, done, writer, flips, history, bounds>>

\* A node whose clock says that the soak is over.
SoakEndsByClock ==
  /\ Fault = "soak_ends_by_clock" /\ state = "COMMITTED" /\ fence[T].capture
  /\ fence' = [fence EXCEPT ![T].capture = FALSE]
  /\ log' = [log EXCEPT ![T] = {}]
  /\ UNCHANGED <<control, rows, guard, done, writer, process, flips, history, bounds>>

\* The retention outlives every node that takes S for the home; see docs/model.md.
Purge(p) ==
  LET me == process[p]
      forgotten == \A w \in Writers : writer[w].pc = "idle" \/ writer[w].realm # S IN
  /\ me.pc = "purge" /\ forgotten
  /\ IF epoch # me.epoch THEN Stop(p) /\ UNCHANGED <<state, rows, fence, homes>>
     ELSE /\ state' = "PURGED"
          /\ rows' = [rows EXCEPT ![S] = NoRows]
          /\ fence' = [fence EXCEPT ![S] = [NoFence EXCEPT !.epoch = me.epoch]]
          /\ homes' = IF Fault = "purged_under_old_nodes" THEN homes ELSE homes \ {S}
          /\ Stop(p)
  /\ UNCHANGED <<route, epoch, soak, guard, log, done, writer, flips, truth, stray, copies, reopened,
                 bounds>>

PurgeInSoak ==
  /\ Fault = "purged_in_soak" /\ state = "COMMITTED" /\ soak
  /\ rows' = [rows EXCEPT ![S] = NoRows]
  /\ UNCHANGED <<control, fence, guard, log, done, writer, process, flips, history, bounds>>

OpenS(p) ==
  LET me == process[p] IN
  /\ me.pc = "openS"
  /\ IF fence[S].epoch > me.epoch \/ guard[S] > me.epoch THEN Stop(p) /\ UNCHANGED <<fence, guard>>
     ELSE /\ MayRaiseGuard(p, S)
          /\ guard' = [guard EXCEPT ![S] = me.epoch]
          /\ fence' = [fence EXCEPT ![S] = [state |-> "OPEN", epoch |-> me.epoch, capture |-> FALSE]]
          /\ Goto(p, "closeT")
  /\ UNCHANGED <<control, rows, log, done, writer, flips, history, bounds>>

CloseT(p) ==
  LET me == process[p] IN
  /\ me.pc = "closeT"
  /\ IF fence[T].epoch > me.epoch THEN Stop(p) /\ UNCHANGED fence
     ELSE /\ fence' = [fence EXCEPT ![T] = [state |-> "CLOSED", epoch |-> me.epoch, capture |-> FALSE]]
          /\ Goto(p, "undo")
  /\ UNCHANGED <<control, rows, guard, log, done, writer, flips, history, bounds>>

-----------------------------------------------------------------------------
(* Rollback before the flip; its end is the end of a return as well. The rows *)
(* of the fences stay with their epoch, so that who comes late finds them.    *)

Reopen(p) ==
  LET me == process[p] IN
  /\ me.pc = "reopen"
  /\ IF fence[S].epoch > me.epoch THEN Stop(p) /\ UNCHANGED <<fence, reopened>>
     ELSE /\ fence' =
               IF fence[S].state = "NONE" \/ (Fault = "rollback_keeps_epoch" /\ fence[S].state = "OPEN")
               THEN fence
               ELSE [fence EXCEPT ![S].state = "OPEN",
                                  ![S].epoch = IF Fault = "rollback_keeps_epoch" THEN @ ELSE me.epoch]
          /\ reopened' = TRUE
          /\ Goto(p, "undo")
  /\ UNCHANGED <<control, rows, guard, log, done, writer, flips, truth, stray, homes, copies, bounds>>

Undo(p) ==
  LET me == process[p] IN
  /\ me.pc = "undo"
  /\ IF guard[T] > me.epoch THEN Stop(p) /\ UNCHANGED <<rows, guard, log, done, copies>>
     ELSE /\ MayRaiseGuard(p, T)
          /\ guard' = [guard EXCEPT ![T] = me.epoch]
          /\ rows' = [rows EXCEPT ![T] = NoRows]
          /\ log' = [log EXCEPT ![T] = {}]
          /\ done' = {} /\ copies' = NoRows
          /\ Goto(p, "ungate")
  /\ UNCHANGED <<control, fence, writer, flips, truth, stray, homes, reopened, bounds>>

\* Where the target was the home, its gate stays: some node may still believe in it.
Ungate(p) ==
  LET me == process[p]
      keep == T \in homes /\ Fault # "target_ungated_after_return" IN
  /\ me.pc = "ungate"
  /\ IF fence[S].epoch > me.epoch \/ fence[T].epoch > me.epoch
     THEN Stop(p) /\ UNCHANGED <<fence, log>>
     ELSE /\ fence' = [r \in Realms |-> IF r = T /\ keep THEN fence[T]
                                       ELSE [NoFence EXCEPT !.epoch = me.epoch]]
          /\ log' = [log EXCEPT ![S] = {}]
          /\ Goto(p, "over")
  /\ UNCHANGED <<control, rows, guard, done, writer, flips, history, bounds>>

Over(p) ==
  LET me == process[p] IN
  /\ me.pc = "over"
  /\ state' = IF epoch = me.epoch THEN "ROLLED_BACK" ELSE state
  /\ Stop(p)
  /\ UNCHANGED <<route, epoch, soak, realms, writer, flips, history, bounds>>

-----------------------------------------------------------------------------
Step(p) ==
  \/ GateT(p) \/ GateS(p) \/ (\E k \in Keys : ChunkBegin(p, k)) \/ ChunkEnd(p)
  \/ CheckpointApart(p) \/ Copied(p)
  \/ Guard(p) \/ ClaimT(p) \/ ClaimS(p)
  \/ DrainBegin(p) \/ DrainWrite(p) \/ DrainDelete(p) \/ ToFreeze(p) \/ Freeze(p)
  \/ Drained(p) \/ FlipSend(p) \/ Answered(p) \/ Settle(p) \/ Unfreeze(p) \/ GiveUp(p)
  \/ Close(p) \/ Open(p) \/ EndCapture(p) \/ Purge(p) \/ OpenS(p) \/ CloseT(p)
  \/ Reopen(p) \/ Undo(p) \/ Ungate(p) \/ Over(p)

Order(p) ==
  \/ TakeCopy(p) \/ TakeCommit(p) \/ TakeRollback(p) \/ TakeReturn(p)
  \/ EndSoak(p) \/ TakePurge(p)

\* What recovery does without being asked.
Recover(p) == Fault # "nobody_recovers" /\
  (\/ state = "COMMITTING" /\ TakeCommit(p)
   \/ state = "ROLLING_BACK" /\ TakeRollback(p)
   \/ state = "RETURNING" /\ TakeReturn(p)
   \/ TakeReturned(p)
   \/ Finish(p))

Next ==
  \/ \E w \in Writers : Begin(w) \/ Commit(w) \/ Abort(w) \/ (\E k \in Keys : Write(w, k) \/ WriteInSnapshot(w, k))
  \/ \E p \in Processes : Step(p) \/ Order(p) \/ Recover(p) \/ Crash(p) \/ Timeout(p)
  \/ \E f \in flips : FlipArrives(f)
  \/ SoakEndsByClock \/ PurgeInSoak

\* Sessions end, processes go on unless they die, and somebody recovers what they leave.
Fairness ==
  /\ \A w \in Writers : WF_vars(Commit(w) \/ Abort(w))
  /\ \A p \in Processes : WF_vars(Step(p)) /\ WF_vars(Recover(p))
  /\ \A e \in 1..20, v \in {"commit", "return"} :
       LET f == [verb |-> v, epoch |-> e] IN WF_vars(f \in flips /\ FlipArrives(f))

Spec == Init /\ [][Next]_vars /\ Fairness

-----------------------------------------------------------------------------
(* The promises.                                                              *)

\* Where no gate stands, nobody writes who does not take the realm for the home.
Accepts(r) == fence[r].state = "OPEN" \/ (fence[r].state = "NONE" /\ r \in homes)

P1_OneHome == ~stray /\ ~(Accepts(S) /\ Accepts(T))

P2_NothingLost == rows[route] = truth

P3_ExactlyOnce ==
  /\ \A k \in Keys : copies[k] <= 1
  /\ state = "COMMITTED" /\ fence[T].state = "CLOSED" => rows[T] = rows[S]
  /\ state = "RETURNED" /\ fence[S].state = "CLOSED" => rows[S] = rows[T]

P4_CleanRollback ==
  /\ state = "ROLLED_BACK" => rows[T] = NoRows /\ fence[S].state = "NONE" /\ log[T] = {}
  /\ reopened /\ state \in {"ROLLING_BACK", "ROLLED_BACK"} => fence[S].state \in {"NONE", "OPEN"}

P5_RouteFollowsState ==
  route = IF state \in {"COMMITTED", "RETURNING", "PURGING", "PURGED"} THEN T ELSE S

P5_AtomicSwitch ==
  [][route' # route =>
       /\ epoch' = epoch + 1
       /\ \/ state = "COMMITTING" /\ state' = "COMMITTED"
          \/ state = "RETURNING" /\ state' = "RETURNED"]_vars

\* However it went, in the end the tenant can write where its route points.
ServedInTheEnd == <>[](fence[route].state \in {"NONE", "OPEN"})

\* Shown to be false, so that the promises are not about a model that gets nowhere.
NeverWrittenAndReturned == ~(state = "ROLLED_BACK" /\ T \in homes /\ log[S] = {} /\ rows[S] = truth
                             /\ version > 1)
NeverPurged == ~(state = "PURGED" /\ fence[T].state = "OPEN")
NeverRolledBackFrozen == ~(state = "ROLLING_BACK" /\ fence[S].state = "FROZEN")

Symmetry == Permutations(Writers) \union Permutations(Processes)
=============================================================================
