package dev.domicile.benchmarks;

import dev.domicile.router.Router;
import dev.domicile.router.TenantContext;
import dev.domicile.router.TenantId;
import dev.domicile.servlet.ConnectAuthenticator;
import dev.domicile.servlet.ConnectConfig;
import dev.domicile.servlet.ConnectToken;
import dev.domicile.servlet.InstallationSecrets;
import dev.domicile.servlet.SecretKeys;
import dev.domicile.servlet.SharedSecret;
import dev.domicile.servlet.TenantFilter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to find out whose request it is, here and with Atlassian's own library. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx256m")
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 100, time = 10, timeUnit = TimeUnit.MILLISECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters, then calls open().
public class AuthenticationBenchmark {
  private static final TenantId TENANT = RoutingSetup.tenant(0);
  private static final SharedSecret SECRET =
      new SharedSecret("AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGhIjKlMnOpQrStUv");
  private static final String PAGE =
      "xdm_e=https%3A%2F%2Fexample.atlassian.net&xdm_c=channel-com.example.app__page&cp="
          + "&xdm_deprecated_addon_key_do_not_use=com.example.app&lic=active&cv=1001.0.0"
          + "&issueId=10042&projectKey=DEMO";

  private static final HttpServletResponse ANSWER =
      new HttpServletResponseWrapper(
          (HttpServletResponse)
              Proxy.newProxyInstance(
                  AuthenticationBenchmark.class.getClassLoader(),
                  new Class<?>[] {HttpServletResponse.class},
                  (proxy, method, arguments) -> {
                    throw new IllegalStateException("the request is refused: " + method);
                  }));

  /** The URL of the control database. */
  @Param("")
  String control;

  /** The URL of the realm's database. */
  @Param("")
  String realm;

  /** Which request: {@code call}, with the token in the header, or {@code page}, in the query. */
  @Param("call")
  String request;

  private Router router;
  private TenantFilter filter;
  private ConnectAuthenticator authenticator;
  private AtlassianCheck atlassian;
  private SignedRequest signed;
  private Optional<TenantId> served = Optional.empty();
  private final FilterChain chain = (incoming, outgoing) -> served = TenantContext.tenant();

  /** Opens the router, installs the tenant, and makes both sides know it. */
  @Setup
  public void open() throws SQLException {
    router = new RoutingSetup(control, realm).open();
    var unused = RoutingSetup.warm(router, 1);
    InstallationSecrets secrets =
        new InstallationSecrets(
            router.control(),
            SecretKeys.ofBase64("k", Map.of("k", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")),
            InstantSource.system());
    secrets.store(TENANT, "https://example.atlassian.net", "jira", SECRET);
    authenticator =
        new ConnectAuthenticator(
            new ConnectConfig("com.example.app"), secrets, InstantSource.system());
    filter = new TenantFilter(router, authenticator);
    atlassian = new AtlassianCheck(Map.of(TENANT.clientKey(), SECRET.value()));
  }

  /** Signs a request anew: a token is good for three minutes. */
  @Setup(Level.Iteration)
  public void sign() {
    ConnectToken token =
        new ConnectToken(TENANT, SECRET, InstantSource.system(), "557058:0123456789");
    signed =
        request.equals("page")
            ? new SignedRequest(
                "GET", "/page", PAGE + "&jwt=" + token.sign("GET", "/page", PAGE), null)
            : new SignedRequest(
                "POST", "/api/webhook", null, token.sign("POST", "/api/webhook", null));
  }

  /** Closes all connections. */
  @TearDown
  public void close() {
    router.close();
  }

  /** All that the filter does for a request: authentication, route, scope. */
  @Benchmark
  public Optional<TenantId> filter() throws ServletException, IOException {
    served = Optional.empty();
    filter.doFilter(signed, ANSWER, chain);
    return served;
  }

  /** The same check by Atlassian's classes, without a route and a scope. */
  @Benchmark
  public String atlassian() throws Exception {
    return atlassian.authenticate(signed);
  }
}
