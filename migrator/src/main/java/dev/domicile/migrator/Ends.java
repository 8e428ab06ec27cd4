package dev.domicile.migrator;

import dev.domicile.migrator.copy.Workers;
import dev.domicile.migrator.cutover.Fence;
import dev.domicile.migrator.cutover.Fence.Side;
import dev.domicile.migrator.cutover.Gates;
import dev.domicile.migrator.cutover.NoteStream;
import dev.domicile.migrator.cutover.Notes;
import dev.domicile.migrator.cutover.Slot;
import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;
import dev.domicile.router.Realm;

/**
 * The databases that a tenant leaves and goes to, in one direction of a migration or the other,
 * with a session to each.
 *
 * @param from the session to the one that it leaves
 * @param to the session to the one that it goes to; the migration's own fence lets it pass there
 */
record Ends(MigratorConfig config, Side side, RealmSession from, RealmSession to)
    implements AutoCloseable {

  /** From source to target. */
  static Ends forth(MigratorConfig config, Migration migration) {
    return open(config, migration, Side.SOURCE);
  }

  /** From target to source. */
  static Ends back(MigratorConfig config, Migration migration) {
    return open(config, migration, Side.TARGET);
  }

  private static Ends open(MigratorConfig config, Migration migration, Side side) {
    RealmSession from = Realms.open(config, realm(migration, side));
    try {
      RealmSession to = Realms.openToWrite(config, realm(migration, other(side)), migration);
      Ends ends = new Ends(config, side, from, to);
      try {
        OneDatabase.requireTwo(migration, from, to);
        return ends;
      } catch (RuntimeException e) {
        to.close();
        throw e;
      }
    } catch (RuntimeException e) {
      from.close();
      throw e;
    }
  }

  /** The fence where the tenant leaves. */
  Fence fenceFrom(Migration migration) {
    return new Fence(from, migration, side);
  }

  /** The fence where it goes to. */
  Fence fenceTo(Migration migration) {
    return new Fence(to, migration, other(side));
  }

  /** The replication slot where it leaves, if notes come by one. */
  Slot slotFrom(Migration migration) {
    return new Slot(from, migration, fenceFrom(migration));
  }

  /** How the notes of the gates there are to be seen; whoever closes it lets nobody wait. */
  Notes notesFrom(Migration migration) {
    return fenceFrom(migration).slot().isEmpty()
        ? Notes.DIRECT
        : NoteStream.open(from.name(), Realms.require(config, realm(migration, side)), migration);
  }

  /** The gates where the tenant leaves. */
  Gates gatesFrom(Migration migration, Plan plan) {
    return new Gates(from, migration, plan, fenceFrom(migration));
  }

  /** The gates where it goes to. */
  Gates gatesTo(Migration migration, Plan plan) {
    return new Gates(to, migration, plan, fenceTo(migration));
  }

  /** More sessions of the same kind. */
  Workers workers(Migration migration) {
    return new Workers(
        config.copy(),
        () -> Realms.open(config, realm(migration, side)),
        () -> Realms.openToWrite(config, realm(migration, other(side)), migration));
  }

  @Override
  public void close() {
    from.close();
    to.close();
  }

  private static Side other(Side side) {
    return side == Side.SOURCE ? Side.TARGET : Side.SOURCE;
  }

  private static Realm realm(Migration migration, Side side) {
    return side == Side.SOURCE ? migration.source() : migration.target();
  }
}
