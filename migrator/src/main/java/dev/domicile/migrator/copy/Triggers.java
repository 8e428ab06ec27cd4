package dev.domicile.migrator.copy;

import dev.domicile.migrator.plan.Plan;
import dev.domicile.migrator.session.RealmSession;

/** Switches triggers off where the plan says that the role may. */
public final class Triggers {
  /**
   * The statement that does it until the running transaction ends; fails where the role may not.
   */
  static final String OFF = "SET LOCAL session_replication_role = replica";

  private Triggers() {}

  /** Switches them off until the running transaction ends, foreign-key checks included. */
  public static void off(RealmSession session, Plan plan) {
    if (plan.foreignKeysDeferred()) {
      session.execute(OFF);
    }
  }
}
