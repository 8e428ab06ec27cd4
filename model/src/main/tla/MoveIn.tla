-------------------------------- MODULE MoveIn --------------------------------
(* A row that moves into the tenant while the tenant is being moved, and a    *)
(* child of it, in a table without a tenant column, whose writer may still    *)
(* have seen it as another tenant's. The gate of the child then lets it pass, *)
(* uncaptured, and rightly so by all that it can see. Cutover.tla has the     *)
(* rest; here one process copies, drains, freezes and flips, and never dies.  *)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Writers,   \* sessions that write the child
  MaxWrites,
  Fault

VARIABLES
  \* The source: whose the parent is, the child's version, the gate, the log.
  owner, child, state, log,
  \* Written down outside of the transaction: a row has moved in, or may do so any moment.
  recorded,
  \* The target: whether it has the parent, and the child's version.
  parentThere, childThere,
  mover, \* "idle", "moved", "ended"
  writer, cutover, taken, seen,
  truth, \* the child's newest version that a client saw committed
  lost,  \* a version was committed at the source after the flip
  version, begun

vars == <<owner, child, state, log, recorded, parentThere, childThere, mover, writer, cutover,
          taken, seen, truth, lost, version, begun>>

Nobody == [pc |-> "idle", owner |-> "other", ended |-> FALSE, locked |-> FALSE]
Handled == Fault # "move_in_unhandled"

Init ==
  /\ owner = "other" /\ child = 0 /\ state = "OPEN" /\ log = {} /\ recorded = FALSE
  /\ parentThere = FALSE /\ childThere = 0
  /\ mover = "idle" /\ writer = [w \in Writers |-> Nobody]
  /\ cutover = "drain" /\ taken = {} /\ seen = [owner |-> "other", child |-> 0]
  /\ truth = 0 /\ lost = FALSE /\ version = 0 /\ begun = 0

\* Updates the parent's tenant column. The gate holds the fence's row, records the move where no
\* rollback takes it back, and logs the parent and all of the tables below.
Move ==
  /\ mover = "idle" /\ state = "OPEN"
  /\ mover' = "moved" /\ recorded' = TRUE
  /\ UNCHANGED <<owner, child, state, log, parentThere, childThere, writer, cutover, taken, seen,
                 truth, lost, version, begun>>

CommitMove ==
  /\ mover = "moved" /\ mover' = "ended"
  /\ owner' = "tenant"
  /\ log' = log \union {<<"parent", 0>>} \union IF Handled THEN {<<"below", 0>>} ELSE {}
  /\ UNCHANGED <<child, state, recorded, parentThere, childThere, writer, cutover, taken, seen,
                 truth, lost, version, begun>>

AbortMove ==
  /\ mover = "moved" /\ mover' = "ended"
  /\ UNCHANGED <<owner, child, state, log, recorded, parentThere, childThere, writer, cutover,
                 taken, seen, truth, lost, version, begun>>

\* A snapshot of REPEATABLE READ.
Begin(w) ==
  /\ writer[w].pc = "idle" /\ begun < MaxWrites
  /\ writer' = [writer EXCEPT ![w] =
       [pc |-> "open", owner |-> owner, ended |-> mover = "ended", locked |-> FALSE]]
  /\ begun' = begun + 1
  /\ UNCHANGED <<owner, child, state, log, recorded, parentThere, childThere, mover, cutover,
                 taken, seen, truth, lost, version>>

TableIsLocked == cutover \in {"locked", "lockedWrite", "lockedEnd"}
Alone(w) == \A v \in Writers \ {w} : writer[v].pc # "written"

\* The child's gate looks up whose the parent is. Only the tenant's rows hold the fence's row.
Write(w, repeatable) ==
  LET believed == IF repeatable THEN writer[w].owner ELSE owner
      fails == /\ repeatable /\ recorded /\ ~writer[w].ended
               /\ Handled /\ Fault # "old_snapshot_of_the_owner"
      passes == believed = "other" \/ state = "OPEN" IN
  /\ writer[w].pc = IF repeatable THEN "open" ELSE "idle"
  /\ repeatable \/ begun < MaxWrites
  /\ begun' = IF repeatable THEN begun ELSE begun + 1
  /\ ~TableIsLocked /\ Alone(w)
  /\ writer' = [writer EXCEPT ![w] =
       IF fails \/ ~passes THEN Nobody
       ELSE [Nobody EXCEPT !.pc = "written", !.owner = believed, !.locked = believed = "tenant"]]
  /\ UNCHANGED <<owner, child, state, log, recorded, parentThere, childThere, mover, cutover,
                 taken, seen, truth, lost, version>>

Commit(w) ==
  LET new == version + 1 IN
  /\ writer[w].pc = "written"
  /\ version' = new /\ child' = new /\ truth' = new
  /\ log' = IF writer[w].locked THEN log \union {<<"child", new>>} ELSE log
  /\ lost' = (lost \/ (cutover = "flipped" /\ owner = "tenant"))
  /\ writer' = [writer EXCEPT ![w] = Nobody]
  /\ UNCHANGED <<owner, state, recorded, parentThere, childThere, mover, cutover, taken, seen, begun>>

-----------------------------------------------------------------------------
(* The cutover.                                                               *)

Goto(pc) == cutover' = pc

DrainBegin ==
  /\ cutover \in {"drain", "last", "locked"} /\ log # {}
  /\ taken' = log /\ seen' = [owner |-> owner, child |-> child]
  /\ Goto(CASE cutover = "drain" -> "write" [] cutover = "last" -> "lastWrite"
            [] OTHER -> "lockedWrite")
  /\ UNCHANGED <<owner, child, state, log, recorded, parentThere, childThere, mover, writer, truth,
                 lost, version, begun>>

\* The keys' rows as they are at the source; for an entry of a whole table, all of the table's.
DrainWrite ==
  LET kinds == {e[1] : e \in taken} IN
  /\ cutover \in {"write", "lastWrite", "lockedWrite"}
  /\ parentThere' = IF "parent" \in kinds THEN seen.owner = "tenant" ELSE parentThere
  /\ childThere' = IF "child" \in kinds \/ "below" \in kinds
                   THEN IF seen.owner = "tenant" THEN seen.child ELSE 0
                   ELSE childThere
  /\ Goto(CASE cutover = "write" -> "end" [] cutover = "lastWrite" -> "lastEnd"
            [] OTHER -> "lockedEnd")
  /\ UNCHANGED <<owner, child, state, log, recorded, mover, writer, taken, seen, truth, lost,
                 version, begun>>

DrainEnd ==
  /\ cutover \in {"end", "lastEnd", "lockedEnd"}
  /\ log' = log \ taken /\ taken' = {} /\ seen' = [owner |-> "other", child |-> 0]
  /\ Goto(CASE cutover = "end" -> "drain" [] cutover = "lastEnd" -> "last" [] OTHER -> "locked")
  /\ UNCHANGED <<owner, child, state, recorded, parentThere, childThere, mover, writer, truth,
                 lost, version, begun>>

\* Waits for those who hold the fence's row: the mover, and writers who know the row as the tenant's.
Freeze ==
  /\ cutover = "drain" /\ mover # "moved"
  /\ \A w \in Writers : ~writer[w].locked
  /\ state' = "FROZEN" /\ Goto("last")
  /\ UNCHANGED <<owner, child, log, recorded, parentThere, childThere, mover, writer, taken, seen,
                 truth, lost, version, begun>>

Special == recorded /\ Handled /\ Fault # "tables_below_not_locked"

\* Waits for everybody who has written to the child's table, and looks at all of it again: the
\* entry of the move may have been taken by a drain that could not see such a writer's row.
Lock ==
  /\ cutover = "last" /\ log = {} /\ Special
  /\ \A w \in Writers : writer[w].pc # "written"
  /\ log' = IF Fault = "move_drained_early" THEN log ELSE {<<"below", 0>>}
  /\ Goto("locked")
  /\ UNCHANGED <<owner, child, state, recorded, parentThere, childThere, mover, writer, taken, seen,
                 truth, lost, version, begun>>

Flip ==
  /\ log = {} /\ cutover = IF Special THEN "locked" ELSE "last"
  /\ Goto("flipped") /\ state' = "CLOSED"
  /\ UNCHANGED <<owner, child, log, recorded, parentThere, childThere, mover, writer, taken, seen,
                 truth, lost, version, begun>>

Next ==
  \/ Move \/ CommitMove \/ AbortMove
  \/ \E w \in Writers : Begin(w) \/ Write(w, TRUE) \/ Write(w, FALSE) \/ Commit(w)
  \/ DrainBegin \/ DrainWrite \/ DrainEnd \/ Freeze \/ Lock \/ Flip

\* After the flip the target has what is the tenant's, and the source takes no more of it.
P2_NothingLost ==
  cutover = "flipped" =>
    /\ ~lost
    /\ parentThere = (owner = "tenant")
    /\ childThere = IF owner = "tenant" THEN truth ELSE 0
=============================================================================
