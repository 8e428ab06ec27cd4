package dev.domicile.router;

import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * How to reach one database.
 *
 * @param url a URL of the form {@code jdbc:postgresql://host:port/database}
 * @param user the role, or null if the URL names it
 * @param password the role's password, or null if it has none
 * @param pool the settings of the pool that the router keeps to it
 */
public record DatabaseConfig(
    String url, @Nullable String user, @Nullable String password, PoolConfig pool) {
  private static final String SCHEME = "jdbc:postgresql:";

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if the URL is not one of Postgres
   */
  public DatabaseConfig {
    pool = Objects.requireNonNullElse(pool, PoolConfig.DEFAULT);
    if (url == null || !url.startsWith(SCHEME)) {
      throw new IllegalArgumentException("url: expected a URL that starts with " + SCHEME);
    }
    if (Driver.parseURL(url, new Properties()) == null) {
      throw new IllegalArgumentException(
          "url: expected the form jdbc:postgresql://host:port/database");
    }
  }

  /** A database with the default pool. */
  public DatabaseConfig(String url, @Nullable String user, @Nullable String password) {
    this(url, user, password, PoolConfig.DEFAULT);
  }

  /**
   * A data source that opens a new connection on each call. Its errors hold no row contents: the
   * server's detail, which quotes values, is switched off.
   *
   * @param applicationName what {@code pg_stat_activity} shows
   */
  public DataSource unpooled(String applicationName) {
    return driver(applicationName);
  }

  /**
   * The driver's data source, for the router's own connections.
   *
   * @param socketTimeout after how long without an answer a connection is given up, in whole
   *     seconds; zero for never
   */
  PGSimpleDataSource unpooled(String applicationName, Duration socketTimeout) {
    PGSimpleDataSource source = driver(applicationName);
    source.setSocketTimeout(Math.toIntExact(socketTimeout.plusMillis(999).toSeconds()));
    return source;
  }

  private PGSimpleDataSource driver(String applicationName) {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setUrl(url);
    if (user != null) {
      source.setUser(user);
    }
    if (password != null) {
      source.setPassword(password);
    }
    source.setApplicationName(applicationName);
    source.setLogServerErrorDetail(false);
    // A server that hangs accepts a connection and says nothing on it.
    source.setConnectTimeout(loginTimeout());
    source.setLoginTimeout(loginTimeout());
    source.setTcpKeepAlive(true);
    return source;
  }

  /** After how many seconds an attempt to connect is given up. */
  int loginTimeout() {
    return Math.toIntExact(pool.connectionTimeout().toSeconds());
  }

  /** The URL without anything that may be a secret. */
  public String address() {
    return url.replaceFirst("\\?.*", "").replaceFirst("//[^/]*@", "//");
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "DatabaseConfig[" + address() + "]";
  }
}
