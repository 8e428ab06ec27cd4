package dev.domicile.spring;

import dev.domicile.migrator.Capture;
import dev.domicile.migrator.IdPolicy;
import dev.domicile.router.SessionConfig;
import dev.domicile.servlet.OtherStack;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The keys below {@code domicile}.
 *
 * @param enabled whether Domicile is configured at all
 * @param control the control database, which holds the routes
 * @param realms the database of each realm, by the realm's name
 * @param cache how routes are cached and read
 * @param feed how changes of routes are heard of
 * @param sessions what lent connections know of their tenant
 * @param connect what the descriptor says, and the secrets
 * @param forge what Forge Remote calls
 * @param hooks how migrations are made that the migration hooks ask for
 * @param tables which tables belong to tenants
 * @param copy how a tenant's rows are copied to another realm
 * @param cutover how a tenant is switched over to another realm
 * @param retention how long the old copy is kept after a commit
 * @param filter the tenant filter
 */
@ConfigurationProperties("domicile")
record DomicileProperties(
    @DefaultValue("true") boolean enabled,
    @Nullable Database control,
    @DefaultValue Map<String, Database> realms,
    @DefaultValue Cache cache,
    @DefaultValue Feed feed,
    @DefaultValue Sessions sessions,
    @DefaultValue Connect connect,
    @DefaultValue Forge forge,
    @DefaultValue Hooks hooks,
    @DefaultValue Tables tables,
    @DefaultValue Copy copy,
    @DefaultValue Cutover cutover,
    @DefaultValue("30d") Duration retention,
    @DefaultValue Filter filter) {

  /**
   * One database.
   *
   * @param url a URL of the form jdbc:postgresql://host:port/database
   * @param user the role
   * @param password the role's password
   * @param pool the pool that is kept to it
   */
  record Database(
      @Nullable String url,
      @Nullable String user,
      @Nullable String password,
      @DefaultValue Pool pool) {

    /** Without the password. */
    @Override
    public String toString() {
      return "Database[...]";
    }
  }

  /**
   * One pool.
   *
   * @param maximumSize how many connections at most
   * @param minimumIdle how many of them stay open while idle; maximum-size by default
   * @param maximumWaiting how many callers wait for a connection; 4 for each connection by default
   * @param connectionTimeout how long a caller waits for a connection
   * @param socketTimeout after how long without an answer a connection is given up; zero for never
   * @param maxLifetime after how long a connection is replaced
   */
  record Pool(
      @DefaultValue("10") int maximumSize,
      @Nullable Integer minimumIdle,
      @Nullable Integer maximumWaiting,
      @DefaultValue("5s") Duration connectionTimeout,
      @DefaultValue("0s") Duration socketTimeout,
      @DefaultValue("30m") Duration maxLifetime) {}

  /**
   * The cache of routes.
   *
   * @param maximumSize how many tenants' routes at most
   * @param unknownTimeToLive for how long a tenant without a route stays unknown
   * @param staleness for how long cached routes are served without a word from the control database
   * @param loadTimeout within what time a caller gets a route that is not cached, or is refused
   * @param loadsPerSecond how many queries for routes this node sends at most
   * @param snapshotFile where cached routes are noted for a start during an outage
   * @param frozenWait for how long a caller waits for a tenant that is in cutover
   */
  record Cache(
      @DefaultValue("100000") long maximumSize,
      @DefaultValue("2s") Duration unknownTimeToLive,
      @DefaultValue("15m") Duration staleness,
      @DefaultValue("1s") Duration loadTimeout,
      @DefaultValue("500") int loadsPerSecond,
      @Nullable Path snapshotFile,
      @DefaultValue("0s") Duration frozenWait) {}

  /**
   * The feed of changed routes.
   *
   * @param listen whether notices tell of a change at once; false behind a pooler by transaction
   * @param pollInterval how often changes are asked for in any case
   */
  record Feed(@DefaultValue("true") boolean listen, @DefaultValue("1s") Duration pollInterval) {}

  /**
   * Sessions of lent connections.
   *
   * @param reset when a connection's session is made as new
   * @param announceTenant whether domicile.client_key holds the tenant on each connection
   * @param schemas a schema for each tenant
   */
  record Sessions(
      @DefaultValue("ON_OTHER_TENANT") SessionConfig.Reset reset,
      @DefaultValue("false") boolean announceTenant,
      @Nullable Schemas schemas) {}

  /**
   * Where each tenant has a schema of its own.
   *
   * @param prefix how its name begins
   * @param common schemas that all tenants share
   */
  record Schemas(@DefaultValue("tenant_") String prefix, @DefaultValue List<String> common) {}

  /**
   * The app as Atlassian knows it.
   *
   * @param appKey the key of the descriptor
   * @param baseUrl the descriptor's baseUrl, the address of the global realm
   * @param regionBaseUrls the descriptor's regionBaseUrls, by the realm's name
   * @param globalRealm what the realm behind the base URL is called here
   * @param stack the realm whose stack this node belongs to; by the host of the request if not set
   * @param otherStack what becomes of a request at another realm's stack than its tenant's
   * @param contextTokenPaths paths that take a token bound to no request
   * @param openPaths paths served to anyone, without a tenant
   * @param installedPath where the descriptor has lifecycle.installed
   * @param uninstalledPath where the descriptor has lifecycle.uninstalled
   * @param migrationPath where the descriptor has lifecycle.dare-migration; no hooks if not set
   * @param installKeysUrl where the keys are published that sign installs
   * @param realmMemory for how long after an uninstall a tenant's realm is kept
   * @param secrets the shared secrets in Domicile's own table
   * @param hosts the shared secrets in the table of Atlassian's Spring Boot library
   */
  record Connect(
      @Nullable String appKey,
      @Nullable URI baseUrl,
      @DefaultValue Map<String, URI> regionBaseUrls,
      @DefaultValue("GLOBAL") String globalRealm,
      @Nullable String stack,
      @DefaultValue("SERVE") OtherStack otherStack,
      @DefaultValue List<String> contextTokenPaths,
      @DefaultValue List<String> openPaths,
      @DefaultValue("/installed") String installedPath,
      @DefaultValue("/uninstalled") String uninstalledPath,
      @Nullable String migrationPath,
      @DefaultValue("https://connect-install-keys.atlassian.com") URI installKeysUrl,
      @DefaultValue("0s") Duration realmMemory,
      @DefaultValue Secrets secrets,
      @DefaultValue Hosts hosts) {}

  /**
   * Secrets encrypted at rest.
   *
   * @param currentKey the name of the key that encrypts new secrets
   * @param keys 32-byte keys in Base64, by name
   * @param overlap for how long a replaced secret is good too
   */
  record Secrets(
      @Nullable String currentKey,
      @DefaultValue Map<String, String> keys,
      @DefaultValue("5m") Duration overlap) {

    /** Without the keys. */
    @Override
    public String toString() {
      return "Secrets[...]";
    }
  }

  /**
   * The table atlassian_host.
   *
   * @param database where it is; the control database if not set
   * @param schema its schema; the search path decides if not set
   */
  record Hosts(@Nullable Database database, @Nullable String schema) {}

  /**
   * The app as Forge knows it.
   *
   * @param appId the app's ARI, ari:cloud:ecosystem::app/...
   * @param migrationPath the path of the module migration:dataResidency; no hooks if not set
   * @param keysUrl where the keys are published that sign invocation tokens
   */
  record Forge(
      @Nullable String appId,
      @Nullable String migrationPath,
      @DefaultValue("https://forge.cdn.prod.atlassian-dev.net/.well-known/jwks.json")
          URI keysUrl) {}

  /**
   * The migration hooks.
   *
   * @param enabled whether tenants may be moved; if not, hooks are answered by E0003
   * @param maximumConcurrent how many migrations may be open whose windows overlap
   * @param maximumDuration how long a copy may take, as the descriptor declares it
   * @param locations what the service calls a realm, where that is not the realm's own name
   * @param node what this node is called in the audit trail; by its host and process if not set
   * @param polling how often this node looks for work
   * @param heartbeat how often this node says that it is alive
   * @param retry after how long work that a database failed is tried again
   */
  record Hooks(
      @DefaultValue("true") boolean enabled,
      @DefaultValue("5") int maximumConcurrent,
      @DefaultValue("2h") Duration maximumDuration,
      @DefaultValue Map<String, String> locations,
      @Nullable String node,
      @DefaultValue("1s") Duration polling,
      @DefaultValue("5s") Duration heartbeat,
      @DefaultValue("5s") Duration retry) {}

  /**
   * Which tables belong to tenants, where the catalogue alone does not say.
   *
   * @param schemas the schemas of the application's tables
   * @param tenantColumn the column that holds the client key
   * @param tenantColumns tables whose tenant column has another name
   * @param paths tables whose path to the tenant is not the one that would be found
   * @param tenantSchemaPrefix what the name of a tenant's own schema begins with
   * @param shared tables that belong to no tenant
   * @param leftOut tables that are not moved although they may hold rows of tenants
   * @param ids what becomes of ids, by key column; in brackets, {@code ids.[note.id]}
   * @param acceptedWarnings codes of warnings that do not stop a move
   * @param flywayTable where Flyway keeps the history of the application's schema
   */
  record Tables(
      @DefaultValue("public") List<String> schemas,
      @DefaultValue("client_key") String tenantColumn,
      @DefaultValue Map<String, String> tenantColumns,
      @DefaultValue Map<String, String> paths,
      @Nullable String tenantSchemaPrefix,
      @DefaultValue List<String> shared,
      @DefaultValue List<String> leftOut,
      @DefaultValue Map<String, IdPolicy> ids,
      @DefaultValue Set<String> acceptedWarnings,
      @DefaultValue("flyway_schema_history") String flywayTable) {}

  /**
   * How a tenant is switched over.
   *
   * @param pauseBudget how long its writes may be refused
   * @param attempts how often the switch is tried before it is given up
   * @param soak for how long after a commit a rollback takes the tenant back
   * @param capture how changes are noted at the source until the commit
   */
  record Cutover(
      @DefaultValue("2s") Duration pauseBudget,
      @DefaultValue("5") int attempts,
      @DefaultValue("1h") Duration soak,
      @DefaultValue("triggers") Capture capture) {}

  /**
   * How a tenant's rows are copied.
   *
   * @param chunkRows rows in a chunk, at most
   * @param chunkBytes bytes, as stored, after which a chunk ends
   * @param jobs chunks copied at the same time
   * @param chunkTime how long a chunk should take
   * @param timeLimit after how long a statement of a chunk is given up
   * @param patience for how long a chunk is tried again after failures that may pass
   * @param bytesPerSecond how fast all jobs together may copy; no limit if not set
   * @param replicaLag how far a standby of the target may lag behind before the copy waits
   */
  record Copy(
      @DefaultValue("100000") int chunkRows,
      @DefaultValue("16777216") long chunkBytes,
      @DefaultValue("2") int jobs,
      @DefaultValue("5s") Duration chunkTime,
      @DefaultValue("15m") Duration timeLimit,
      @DefaultValue("1m") Duration patience,
      @Nullable Long bytesPerSecond,
      @DefaultValue("30s") Duration replicaLag) {}

  /**
   * The tenant filter.
   *
   * @param enabled whether requests are served in the scope of their tenant
   * @param order its place among the filters; behind the security of Spring, and behind Atlassian's
   *     own filters where they are, by default
   */
  record Filter(@DefaultValue("true") boolean enabled, @Nullable Integer order) {}
}
