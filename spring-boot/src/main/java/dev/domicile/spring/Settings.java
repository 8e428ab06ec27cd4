package dev.domicile.spring;

import static dev.domicile.spring.InvalidSettingException.checked;
import static dev.domicile.spring.InvalidSettingException.required;

import dev.domicile.migrator.CopySettings;
import dev.domicile.migrator.CutoverSettings;
import dev.domicile.migrator.MigratorConfig;
import dev.domicile.migrator.TableRules;
import dev.domicile.router.CacheConfig;
import dev.domicile.router.DatabaseConfig;
import dev.domicile.router.FeedConfig;
import dev.domicile.router.PoolConfig;
import dev.domicile.router.Realm;
import dev.domicile.router.RouterConfig;
import dev.domicile.router.SchemaPerTenant;
import dev.domicile.router.SessionConfig;
import dev.domicile.servlet.BaseUrls;
import dev.domicile.servlet.LifecyclePaths;
import dev.domicile.servlet.SecretKeys;
import dev.domicile.servlet.hooks.HookConfig;
import dev.domicile.spring.DomicileProperties.Cache;
import dev.domicile.spring.DomicileProperties.Connect;
import dev.domicile.spring.DomicileProperties.Copy;
import dev.domicile.spring.DomicileProperties.Cutover;
import dev.domicile.spring.DomicileProperties.Database;
import dev.domicile.spring.DomicileProperties.Hooks;
import dev.domicile.spring.DomicileProperties.Pool;
import dev.domicile.spring.DomicileProperties.Schemas;
import dev.domicile.spring.DomicileProperties.Sessions;
import dev.domicile.spring.DomicileProperties.Tables;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The library's own records from the properties; what they refuse is told by its key. */
final class Settings {
  private static final String CONTROL = "domicile.control";
  private static final String REALMS = "domicile.realms";
  private static final String CONNECT = "domicile.connect";
  private static final String HOOKS = "domicile.hooks";

  private Settings() {}

  static RouterConfig router(DomicileProperties properties) {
    DatabaseConfig control = database(CONTROL, properties.control());
    if (properties.realms().isEmpty()) {
      throw new InvalidSettingException(
          REALMS, "a database for at least one realm, such as " + REALMS + ".EU.url", null);
    }
    Map<Realm, DatabaseConfig> realms = new LinkedHashMap<>();
    properties
        .realms()
        .forEach(
            (name, database) -> realms.put(realm(REALMS, name), database(REALMS, name, database)));
    return new RouterConfig(
        control,
        realms,
        checked("domicile.cache", () -> cache(properties.cache())),
        checked(
            "domicile.feed",
            () -> new FeedConfig(properties.feed().listen(), properties.feed().pollInterval())),
        sessions(properties.sessions()));
  }

  static DatabaseConfig database(String prefix, @Nullable Database database) {
    String expected = "a URL such as jdbc:postgresql://host:5432/database";
    Database given = required(prefix + ".url", database, expected);
    String url = required(prefix + ".url", given.url(), expected);
    PoolConfig pool = checked(prefix + ".pool", () -> pool(given.pool()));
    return checked(prefix, () -> new DatabaseConfig(url, given.user(), given.password(), pool));
  }

  static BaseUrls baseUrls(Connect connect) {
    Map<Realm, URI> regions = new TreeMap<>();
    connect
        .regionBaseUrls()
        .forEach((name, url) -> regions.put(realm(CONNECT + ".region-base-urls", name), url));
    Realm global = realm(CONNECT + ".global-realm", connect.globalRealm());
    String named = connect.stack();
    Realm stack = named == null ? null : realm(CONNECT + ".stack", named);
    return checked(
        CONNECT,
        () ->
            new BaseUrls(
                required(
                    CONNECT + ".base-url",
                    connect.baseUrl(),
                    "an address such as https://app.example.com"),
                regions,
                global,
                stack));
  }

  static LifecyclePaths paths(Connect connect) {
    return checked(
        CONNECT,
        () ->
            renamed(
                () ->
                    new LifecyclePaths(
                        connect.installedPath(),
                        connect.uninstalledPath(),
                        connect.migrationPath()),
                message ->
                    message
                        .replaceFirst("^((?:un)?installed) ", "$1Path ")
                        .replaceFirst("^dareMigration ", "migrationPath ")));
  }

  static MigratorConfig migrator(DomicileProperties properties, RouterConfig router) {
    Tables tables = properties.tables();
    Copy copy = properties.copy();
    Cutover cutover = properties.cutover();
    return checked(
        "domicile",
        () ->
            new MigratorConfig(
                router.control(),
                router.realms(),
                router.cache(),
                router.feed(),
                router.sessions(),
                checked(
                    "domicile.tables",
                    () ->
                        new TableRules(
                            tables.schemas(),
                            tables.tenantColumn(),
                            tables.tenantColumns(),
                            tables.paths(),
                            tables.tenantSchemaPrefix(),
                            tables.shared(),
                            tables.leftOut(),
                            tables.ids(),
                            tables.acceptedWarnings(),
                            tables.flywayTable())),
                checked(
                    "domicile.copy",
                    () ->
                        new CopySettings(
                            copy.chunkRows(),
                            copy.chunkBytes(),
                            copy.jobs(),
                            copy.chunkTime(),
                            copy.timeLimit(),
                            copy.patience(),
                            copy.bytesPerSecond(),
                            copy.replicaLag())),
                checked(
                    "domicile.cutover",
                    () ->
                        new CutoverSettings(
                            cutover.pauseBudget(),
                            cutover.attempts(),
                            cutover.soak(),
                            cutover.capture())),
                properties.retention()));
  }

  static HookConfig hooks(Hooks hooks) {
    Map<String, Realm> locations = new TreeMap<>();
    hooks
        .locations()
        .forEach((location, name) -> locations.put(location, realm(HOOKS + ".locations", name)));
    return checked(
        HOOKS,
        () ->
            new HookConfig(
                hooks.enabled(),
                hooks.maximumConcurrent(),
                hooks.maximumDuration(),
                locations,
                hooks.polling(),
                hooks.heartbeat(),
                hooks.retry()));
  }

  static SecretKeys keys(Connect connect) {
    String prefix = CONNECT + ".secrets";
    String current =
        required(
            prefix + ".current-key",
            connect.secrets().currentKey(),
            "the name of one of " + prefix + ".keys, or a bean of type SharedSecrets");
    return checked(prefix, () -> SecretKeys.ofBase64(current, connect.secrets().keys()));
  }

  /** In capital letters, since an environment variable brings it in small ones. */
  private static Realm realm(String key, String name) {
    try {
      return new Realm(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new InvalidSettingException(
          key, "a realm's name of capital letters, digits and underscores, not '" + name + "'", e);
    }
  }

  private static DatabaseConfig database(String prefix, String name, Database database) {
    return database(prefix + "." + name, database);
  }

  private static PoolConfig pool(Pool pool) {
    int size = pool.maximumSize();
    return new PoolConfig(
        size,
        Objects.requireNonNullElse(pool.minimumIdle(), size),
        Objects.requireNonNullElse(pool.maximumWaiting(), 4 * size),
        pool.connectionTimeout(),
        pool.socketTimeout(),
        pool.maxLifetime());
  }

  private static CacheConfig cache(Cache cache) {
    return new CacheConfig(
        cache.maximumSize(),
        cache.unknownTimeToLive(),
        cache.staleness(),
        cache.loadTimeout(),
        cache.loadsPerSecond(),
        cache.snapshotFile(),
        cache.frozenWait());
  }

  private static SessionConfig sessions(Sessions sessions) {
    Schemas schemas = sessions.schemas();
    return new SessionConfig(
        sessions.reset(),
        sessions.announceTenant(),
        schemas == null ? null : new SchemaPerTenant(schemas.prefix(), schemas.common()));
  }

  private static <T> T renamed(Supplier<T> make, UnaryOperator<String> message) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(message.apply(String.valueOf(e.getMessage())), e);
    }
  }
}
