package dev.domicile.servlet.hooks;

import static dev.domicile.servlet.hooks.HookSite.EU;
import static dev.domicile.servlet.hooks.HookSite.TENANT;
import static dev.domicile.servlet.hooks.HookSite.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.domicile.servlet.ForgeAuthenticator;
import dev.domicile.servlet.hooks.Node.Answer;
import dev.domicile.testkit.TestDatabases;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same hooks, called by Forge. */
final class ForgeHooksIT {
  private static final String APP = "ari:cloud:ecosystem::app/8db33309";
  private static final String INSTALLATION = "ari:cloud:ecosystem::installation/1";

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private final AtomicInteger fetches = new AtomicInteger();
  private RSAKey key;
  private HttpServer keyServer;
  private HookSite site;
  private Node node;

  @BeforeEach
  void open() throws Exception {
    key = new RSAKeyGenerator(2048).keyID("forge-1").generate();
    keyServer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    keyServer.createContext(
        "/",
        exchange -> {
          fetches.incrementAndGet();
          byte[] json = new JWKSet(key.toPublicJWK()).toString().getBytes(UTF_8);
          exchange.sendResponseHeaders(200, json.length);
          exchange.getResponseBody().write(json);
          exchange.close();
        });
    keyServer.start();
    site = new HookSite(databases, 20);
    node = site.node();
    node.mount(
        new HookServlet(
            Node.APP,
            "/forge",
            new ForgeAuthenticator(
                APP,
                URI.create("http://localhost:" + keyServer.getAddress().getPort() + "/jwks.json"),
                (installation, cloud) ->
                    installation.equals(INSTALLATION) && "cloud-1".equals(cloud)
                        ? Optional.of(TENANT)
                        : Optional.empty(),
                InstantSource.system()),
            node.hooks),
        "/forge");
  }

  @AfterEach
  void close() throws Exception {
    site.close();
    keyServer.stop(0);
  }

  @Test
  void whatConnectScheduledForgeStartsAndCommits() throws Exception {
    assertThat(node.post(TENANT, "schedule", site.window("EU")).status()).isEqualTo(200);

    String named = site.window("EU").replace("{", "{\"migrationId\":7,");
    assertThat(forge("POST", "start", token(claims -> {}), named).status()).isEqualTo(200);
    await(node, TENANT, "ready-to-commit");
    // Cached keys outlive where they came from.
    keyServer.stop(0);
    assertThat(forge("GET", "status?migrationId=7", token(claims -> {}), "").word())
        .isEqualTo("ready-to-commit");
    assertThat(forge("POST", "commit", token(claims -> {}), "{\"migrationId\":7}").status())
        .isBetween(200, 202);
    await(node, TENANT, "committed");
    assertThat(site.home(TENANT)).isEqualTo(EU);
    assertThat(fetches.get()).isEqualTo(1);
    assertThat(site.states()).containsExactly("COMMITTED");
  }

  @Test
  void believesOnlyInvocationTokensForThisApp() throws Exception {
    refuses(token(claims -> claims.audience("ari:cloud:ecosystem::app/other")));
    refuses(token(claims -> claims.audience(List.of(APP, "other"))));
    refuses(token(claims -> claims.audience((String) null)));
    refuses(token(claims -> claims.issuer("forge/other")));
    refuses(token(claims -> claims.issuer(TENANT.clientKey())));
    refuses(token(claims -> claims.expirationTime(at(-31))));
    refuses(token(claims -> claims.expirationTime(null)));
    refuses(token(claims -> claims.issueTime(at(60))));
    refuses(token(claims -> claims.notBeforeTime(at(60))));
    refuses(token(claims -> claims.claim("app", Map.of("installationId", "another"))));
    refuses(token(claims -> claims.claim("app", null)));
    refuses(token(claims -> claims.claim("context", Map.of("cloudId", "cloud-2"))));
    RSAKey other = new RSAKeyGenerator(2048).keyID("forge-1").generate();
    refuses(sign(other, claims().build()));
    SignedJWT hmac = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims().build());
    hmac.sign(new MACSigner(key.toRSAPublicKey().getEncoded()));
    refuses(hmac.serialize());
    refuses("x");
    assertThat(fetches.get()).isLessThanOrEqualTo(2);
    assertThat(forge("GET", "status", token(claims -> {}), "").status()).isEqualTo(200);
    // Connect's signature is good for Connect's path only, and the other way round.
    assertThat(Node.send(node.port(), "GET", "/migration/status", bearer(token(c -> {})), ""))
        .isEqualTo(new Answer(401, "{}"));
  }

  private void refuses(String token) throws Exception {
    assertThat(forge("POST", "rollback", token, "{}")).isEqualTo(new Answer(401, "{}"));
  }

  private Answer forge(String method, String hook, String token, String body) throws Exception {
    return Node.send(node.port(), method, "/forge/" + hook, bearer(token), body);
  }

  private static String bearer(String token) {
    return "Bearer " + token;
  }

  private String token(Consumer<JWTClaimsSet.Builder> spoil) throws Exception {
    JWTClaimsSet.Builder claims = claims();
    spoil.accept(claims);
    return sign(key, claims.build());
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer("forge/invocation-token")
        .audience(APP)
        .issueTime(at(0))
        .notBeforeTime(at(0))
        .expirationTime(at(60))
        .claim("app", Map.of("installationId", INSTALLATION))
        .claim("context", Map.of("cloudId", "cloud-1"));
  }

  private static String sign(RSAKey key, JWTClaimsSet claims) throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(), claims);
    jwt.sign(new RSASSASigner(key));
    return jwt.serialize();
  }

  private static Date at(int seconds) {
    return Date.from(Instant.now().plus(Duration.ofSeconds(seconds)));
  }
}
