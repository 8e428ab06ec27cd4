package dev.domicile.migrator;

import dev.domicile.router.CacheConfig;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.FeedConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.SessionConfig;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * What a migrator needs to know; the configuration file has the same keys. A null component other
 * than {@code control} and {@code realms} stands for its default.
 *
 * @param control the control database
 * @param realms the database of each realm; two or more to move between
 * @param cache how the router of the same configuration caches routes
 * @param feed how that router hears of changed routes
 * @param sessions what that router's connections know of their tenant
 * @param tables which tables belong to tenants
 * @param copy how rows are copied
 * @param cutover how a tenant is switched over, and for how long it can be taken back
 * @param retention how long the old copy is kept after commit; 30 days by default
 */
public record MigratorConfig(
    DatabaseConfig control,
    Map<Realm, DatabaseConfig> realms,
    CacheConfig cache,
    FeedConfig feed,
    SessionConfig sessions,
    TableRules tables,
    CopySettings copy,
    CutoverSettings cutover,
    Duration retention) {

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if the control database or all realms are missing
   */
  public MigratorConfig {
    if (control == null) {
      throw new IllegalArgumentException("control is missing, expected url, user and password");
    }
    if (realms == null || realms.isEmpty()) {
      throw new IllegalArgumentException("realms is missing, expected at least one realm");
    }
    realms.forEach(
        (realm, database) -> {
          if (database == null) {
            throw new IllegalArgumentException(
                "realms." + realm + " is empty, expected url, user and password");
          }
        });
    realms = Map.copyOf(realms);
    cache = Objects.requireNonNullElse(cache, CacheConfig.DEFAULT);
    feed = Objects.requireNonNullElse(feed, FeedConfig.DEFAULT);
    sessions = Objects.requireNonNullElse(sessions, SessionConfig.DEFAULT);
    tables = Objects.requireNonNullElse(tables, TableRules.DEFAULT);
    copy = Objects.requireNonNullElse(copy, CopySettings.DEFAULT);
    cutover = Objects.requireNonNullElse(cutover, CutoverSettings.DEFAULT);
    retention = Objects.requireNonNullElse(retention, Duration.ofDays(30));
    if (retention.isNegative()) {
      throw new IllegalArgumentException("retention is " + retention + ", expected 0 or more");
    }
  }

  /** Settings with the defaults for cache, copy and retention. */
  public MigratorConfig(
      DatabaseConfig control, Map<Realm, DatabaseConfig> realms, TableRules tables) {
    this(
        control,
        realms,
        CacheConfig.DEFAULT,
        FeedConfig.DEFAULT,
        SessionConfig.DEFAULT,
        tables,
        CopySettings.DEFAULT,
        CutoverSettings.DEFAULT,
        Duration.ofDays(30));
  }

  /** The same with other realms. */
  public MigratorConfig withRealms(Map<Realm, DatabaseConfig> other) {
    return new MigratorConfig(
        control, other, cache, feed, sessions, tables, copy, cutover, retention);
  }

  /** The same with other rules. */
  public MigratorConfig withTables(TableRules other) {
    return new MigratorConfig(
        control, realms, cache, feed, sessions, other, copy, cutover, retention);
  }

  /** The same with other copy settings. */
  public MigratorConfig withCopy(CopySettings other) {
    return new MigratorConfig(
        control, realms, cache, feed, sessions, tables, other, cutover, retention);
  }

  /** The same with other settings of the switch. */
  public MigratorConfig withCutover(CutoverSettings other) {
    return new MigratorConfig(
        control, realms, cache, feed, sessions, tables, copy, other, retention);
  }

  /** The same with another retention. */
  public MigratorConfig withRetention(Duration other) {
    return new MigratorConfig(control, realms, cache, feed, sessions, tables, copy, cutover, other);
  }

  /** The part that a router needs. */
  public RouterConfig router() {
    return new RouterConfig(control, realms, cache, feed, sessions);
  }
}
