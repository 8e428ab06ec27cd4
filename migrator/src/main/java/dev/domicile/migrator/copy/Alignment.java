package dev.domicile.migrator.copy;

import dev.domicile.migrator.schema.TableName;
import dev.domicile.migrator.session.RealmSession;
import java.util.Set;

/**
 * Where a tenant goes on writing, what is copied already and a chunk that is read later need not
 * fit together: a row may refer to one that came after the chunk of that one was copied.
 */
public interface Alignment {
  /**
   * Whether nothing of these tables has changed since they were copied that the source's running
   * snapshot shows and that is not at the target. So rows that the snapshot shows refer to copied
   * ones. False where that is not known.
   */
  boolean isStill(RealmSession source, Set<TableName> tables);

  /**
   * Makes all that is copied what one snapshot of the source shows, and does the work within that
   * snapshot. Nobody else may copy meanwhile.
   *
   * @param source a session outside any transaction; the work finds it in the snapshot
   * @param target a session outside any transaction
   * @param late whether the references that close a circle are filled in by now
   */
  <T> T align(
      RealmSession source,
      RealmSession target,
      Ledger ledger,
      boolean late,
      RealmSession.Work<T> work);
}
