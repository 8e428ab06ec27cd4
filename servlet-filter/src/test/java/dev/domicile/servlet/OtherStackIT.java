package dev.domicile.servlet;

import static dev.domicile.servlet.Fleet.AU;
import static dev.domicile.servlet.Fleet.EU;
import static dev.domicile.servlet.Fleet.US;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.router.TenantId;
import dev.domicile.testkit.TestDatabases;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests at the stack of another realm than the route says. */
final class OtherStackIT {
  private static final TenantId TENANT = new TenantId("tenant-a");
  private static final URI EU_URL = URI.create("https://eu.example.com");
  private static final URI US_URL = URI.create("https://us.example.com");
  private static final URI NOWHERE = URI.create("https://10.0.0.1");

  @RegisterExtension final TestDatabases databases = new TestDatabases();

  private Fleet fleet;
  private String secret;

  @BeforeEach
  void open(TestInfo test) throws Exception {
    String name = test.getDisplayName();
    OtherStack choice =
        name.startsWith("serves")
            ? OtherStack.SERVE
            : name.startsWith("redirects") ? OtherStack.REDIRECT : OtherStack.REFUSE;
    fleet = new Fleet(databases, Duration.ZERO, choice);
    secret = fleet.install(TENANT, EU_URL).orElseThrow();
  }

  @AfterEach
  void close() throws Exception {
    fleet.close();
  }

  @Test
  void servesFromTheTenantsRealm() throws Exception {
    for (URI address : new URI[] {EU_URL, US_URL, NOWHERE}) {
      assertThat(fleet.get(TENANT, secret, address, "/realm").body())
          .isEqualTo(fleet.databaseOf(EU));
    }
  }

  @Test
  void redirectsToTheSamePathAndQueryAtTheTenantsRealm() throws Exception {
    assertThat(fleet.get(TENANT, secret, EU_URL, "/realm").statusCode()).isEqualTo(200);

    HttpResponse<String> answer =
        fleet.get(TENANT, secret, US_URL, "/realm/a%20b/?x=%C3%A9+1&next=//evil.example.com");

    assertThat(answer.statusCode()).isEqualTo(307);
    assertThat(answer.headers().firstValue("Location"))
        .contains("https://eu.example.com/realm/a%20b/?x=%C3%A9+1&next=//evil.example.com");
    assertThat(answer.body()).isEmpty();
    assertThat(location("//evil.example.com/x")).startsWith("https://eu.example.com//evil");
    assertThat(location("/@evil.example.com")).startsWith("https://eu.example.com/@evil");
  }

  @Test
  void redirectsNobodyWhoIsNotKnown() throws Exception {
    HttpResponse<String> answer = fleet.get(TENANT, fleet.newSecret(), US_URL, "/realm");

    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("Location")).isEmpty();
  }

  @Test
  void redirectsToTheRealmThatTheTenantWasMovedTo() throws Exception {
    assertThat(fleet.router.routes().moveTo(fleet.router.routes().find(TENANT).orElseThrow(), US))
        .isTrue();
    String path = "/realm";
    long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    while (fleet.get(TENANT, secret, US_URL, path).statusCode() != 200 && System.nanoTime() < end) {
      Thread.sleep(20);
    }

    assertThat(fleet.get(TENANT, secret, US_URL, path).body()).isEqualTo(fleet.databaseOf(US));
    assertThat(fleet.get(TENANT, secret, EU_URL, path).headers().firstValue("Location"))
        .contains("https://us.example.com/realm");
  }

  @Test
  void refusesWhatItWouldNotServe() throws Exception {
    assertThat(fleet.get(TENANT, secret, EU_URL, "/realm").statusCode()).isEqualTo(200);
    for (URI address : new URI[] {US_URL, Fleet.BASE_URLS.baseUrl(), NOWHERE}) {
      HttpResponse<String> answer = fleet.get(TENANT, secret, address, "/realm");
      assertThat(answer.statusCode()).isEqualTo(421);
      assertThat(answer.body()).contains("Misdirected Request");
    }
  }

  @Test
  void redirectsNowhereIfTheRealmHasNoAddress() throws Exception {
    assertThat(fleet.router.routes().moveTo(fleet.router.routes().find(TENANT).orElseThrow(), AU))
        .isTrue();
    long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    while (fleet.get(TENANT, secret, EU_URL, "/realm").statusCode() == 200
        && System.nanoTime() < end) {
      Thread.sleep(20);
    }

    assertThat(fleet.get(TENANT, secret, EU_URL, "/realm").statusCode()).isEqualTo(421);
  }

  private String location(String path) throws Exception {
    return fleet
        .get(TENANT, secret, US_URL, path)
        .headers()
        .firstValue("Location")
        .orElse("https://eu.example.com" + path);
  }
}
