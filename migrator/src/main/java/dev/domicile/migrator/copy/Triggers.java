package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;

/** Switches triggers off where the plan says that the role may. */
public final class Triggers {
  private Triggers() {}

  /** Switches them off until the running transaction ends, foreign-key checks included. */
  public static void off(RealmSession session, Plan plan) {
    if (plan.foreignKeysDeferred()) {
      off(session);
    }
  }

  /** Switches them off until the running transaction ends; fails where the role may not. */
  static void off(RealmSession session) {
    session.execute("SET LOCAL session_replication_role = replica");
  }
}
