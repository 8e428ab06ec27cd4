package dev.domicile.servlet.hooks;

import dev.domicile.migrator.MigrationState;
import dev.domicile.migrator.Order;
import dev.domicile.migrator.Order.Wanted;
import dev.domicile.migrator.Orders;
import dev.domicile.router.Realm;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.hooks.HookBody.Window;
import java.util.Optional;

/** Finds the order that a call means. */
final class OrderLookup {
  private final Orders orders;

  OrderLookup(Orders orders) {
    this.orders = orders;
  }

  /**
   * Whom a call means: by its number; or the newest, if the call has none. An open one without a
   * number is meant by every number: the app was switched from Connect to Forge in between.
   */
  Optional<Order> find(TenantId tenant, HookBody body) {
    Long id = body.migrationId();
    if (id == null) {
      return orders.newest(tenant);
    }
    Optional<Order> named = orders.find(tenant, id);
    return named.isPresent()
        ? named
        : orders
            .newest(tenant)
            .filter(order -> order.externalId() == null)
            .filter(order -> !order.migration().state().isOver());
  }

  static boolean isThis(Order order, Window window, Realm target) {
    return order.migration().target().equals(target)
        && order.migration().windowStart().equals(window.start());
  }

  static boolean isNamed(Order order, HookBody body) {
    return order.externalId() != null && order.externalId().equals(body.migrationId());
  }

  static boolean isOff(Order order) {
    return order.migration().state() == MigrationState.ROLLED_BACK
        || order.wanted() == Wanted.ROLLBACK;
  }
}
