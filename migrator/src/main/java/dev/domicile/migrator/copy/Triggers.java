package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;

/** Switches triggers off where the plan says that the role may. */
public final class Triggers {
  private Triggers() {}

  /** Switches them off until the running transaction ends, foreign-key checks included. */
  public static void off(RealmSession session, Plan plan) {
    if (plan.foreignKeysDeferred()) {
      session.execute("SET LOCAL session_replication_role = replica");
    }
  }
}
