package dev.domicile.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;

/** The command line, as a person or a build server uses it. */
final class CommandLineTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path directory = Path.of(".");

  @Test
  void reportsWhatWasSentAndWhatCameBackAndShowsNoSecret() throws Exception {
    int code = rehearse(Set.of(), "--scenario", "offline-*,install-signature,jwt-no-algorithm");

    assertThat(code).as(out + "\n" + err).isZero();
    assertThat(out.toString())
        .contains("PASSED  offline-committed", "the site goes offline", "/residency/schedule")
        .contains("LANDS_IN_TARGET: expected [EU]: 200 from EU")
        .contains("4 passed, 0 failed, 0 skipped");
    assertThat(err.toString()).contains("atlassian.connect.public-key-base-url=http://localhost:");
    assertThat(out + err.toString())
        .doesNotContainPattern("eyJ[A-Za-z0-9]")
        .doesNotContainPattern("[0-9a-f]{64}");
  }

  @Test
  void namesTheRuleAndItsSourceAndEndsWithACodeOfItsOwn() throws Exception {
    Path xml = directory.resolve("report.xml");

    int code =
        rehearse(
            Set.of(Defect.ACCEPTS_NONE),
            "--scenario=jwt-no-algorithm,descriptor",
            "--junit-xml=" + xml);

    assertThat(code).isEqualTo(10);
    assertThat(out.toString())
        .contains("FAILED  jwt-no-algorithm", "BROKEN HOOK_AUTHENTICATED", "source: Data residency")
        .contains("  jwt-no-algorithm: HOOK_AUTHENTICATED");
    Element suite =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(xml.toFile())
            .getDocumentElement();
    assertThat(suite.getAttribute("tests")).isEqualTo("2");
    assertThat(suite.getAttribute("failures")).isEqualTo("1");
    assertThat(suite.getElementsByTagName("failure").item(0).getTextContent())
        .contains("HOOK_AUTHENTICATED", "algorithm none");
    assertThat(Files.readString(xml)).doesNotContain("eyJ");
  }

  @Test
  void writesOneJsonDocumentAndNothingElse() throws Exception {
    int code = rehearse(Set.of(), "--json", "--scenario", "offline-rolled-back");

    assertThat(code).as(err.toString()).isZero();
    JsonNode report = new JsonMapper().readTree(out.toString());
    assertThat(report.path("conforming").asBoolean()).isTrue();
    JsonNode scenario = report.path("scenarios").path(0);
    assertThat(scenario.path("name").asText()).isEqualTo("offline-rolled-back");
    assertThat(scenario.path("transcript").findValuesAsText("method")).contains("POST", "GET");
    assertThat(scenario.path("checks").findValuesAsText("rule")).contains("STAYS_IN_SOURCE");
    assertThat(out.toString())
        .contains("(secret)")
        .doesNotContain("eyJ")
        .doesNotContainPattern("[0-9a-f]{64}");
  }

  @Test
  void saysThatItWaits() throws Exception {
    int code =
        rehearse(
            Set.of(Defect.NEVER_READY),
            "--scenario=offline-committed",
            "--patience=2.5",
            "--brief");

    assertThat(code).isEqualTo(10);
    assertThat(err.toString()).contains("waiting for ready-to-commit (2 s)");
    assertThat(out.toString()).contains("status after 2 s of real time: 200 'working'");
  }

  @Test
  void skipsWhatTheAppCannotPlayAndSaysWhy() throws Exception {
    Path xml = directory.resolve("report.xml");
    int port = freePort();
    int code;
    try (FixtureApp app = new FixtureApp(Set.of(), URI.create("http://localhost:" + port))) {
      Path descriptor = directory.resolve("descriptor.json");
      Files.writeString(descriptor, app.descriptor().replaceAll(",\"US\":\"[^\"]*\"", ""));
      code =
          Main.run(
              new PrintWriter(out),
              new PrintWriter(err),
              "--app=" + descriptor,
              "--keys-port=" + port,
              "--scenario=again-after-commit",
              "--junit-xml=" + xml);
    }

    assertThat(code).isZero();
    assertThat(out.toString()).contains("SKIPPED again-after-commit", "needs two realms");
    assertThat(Files.readString(xml)).contains("<skipped message=", "needs two realms");
  }

  @Test
  void doesNotReadAnAnswerWithoutEnd() throws Exception {
    int code = rehearse(Set.of(Defect.ENDLESS_ANSWER), "--scenario=offline-committed", "--brief");

    assertThat(code).isEqualTo(10);
    assertThat(out.toString()).contains("the body is larger than 4194304 bytes");
  }

  @Test
  void listsTheScenarios() {
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), "--list");

    assertThat(code).isZero();
    assertThat(out.toString().lines()).hasSize(Scenarios.all().size());
  }

  @Test
  void namesARealmThatIsNotReachedBeforeAnythingIsPlayed() throws Exception {
    int code = rehearse(Set.of(), "--region=US=http://localhost:1", "--to=US");

    assertThat(code).isEqualTo(5);
    assertThat(lastLine()).contains("http://localhost:1, the base URL of US", "--region US=URL");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          --app=http://localhost:1                    | 5 | cannot be reached at http://localhost:1
          --app=missing.json                          | 3 | 'missing.json' cannot be read
          --app=http://localhost:1 --scenario=nothing | 2 | no scenario 'nothing'; --list
          --app=http://localhost:1 --speed=fast       | 2 | --speed
          --scenario=install                          | 2 | --app is missing
          --app=http://localhost:1 --hook-host=MOON   | 2 | --hook-host
          """)
  void saysInOneLineWhatIsWrong(String arguments, int exitCode, String message) {
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments.split(" +", -1));

    assertThat(code).isEqualTo(exitCode);
    assertThat(err.toString().lines()).singleElement().asString().contains(message);
    assertThat(err.toString()).startsWith("domicile: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          --to=CA             | 2 | no base URL for CA
          --to=GLOBAL         | 2 | another realm
          --to=EU --from=EU   | 2 | another realm
          --probe=notes       | 2 | 'notes' is no path
          --seed=/a{b}        | 2 | is no path
          --realm-field=realm | 2 | no JSON pointer
          --region=US=nowhere | 2 | no HTTP URL
          --patience=0        | 2 | a time has to be
          --speed=0.5         | 2 | the speed has to be
          """)
  void refusesWhatCannotBeRehearsed(String arguments, int exitCode, String message)
      throws Exception {
    int code = rehearse(Set.of(), arguments.split(" +", -1));

    assertThat(code).isEqualTo(exitCode);
    assertThat(lastLine()).startsWith("domicile: ").contains(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          []                                                                   | not a JSON object
          {"key":"k","baseUrl":"http://a"}                                     | regionBaseUrls
          {"key":"k","baseUrl":"http://a","regionBaseUrls":{"EU":"http://e"}}  | lifecycle.installed
          {"key":"k","baseUrl":"a","regionBaseUrls":{"EU":"ftp://e"}}          | no URL
          {"key":"k","authentication":{"type":"none"}}                         | has to be jwt
          {"key":"k","baseUrl":"http://a","regionBaseUrls":{"EU":"http://e"},"lifecycle":{"installed":"/i"}} | lifecycle.dare-migration
          """)
  void namesWhatTheDescriptorLacks(String descriptor, String message) throws IOException {
    Path file = Files.writeString(directory.resolve("descriptor.json"), descriptor);

    int code = Main.run(new PrintWriter(out), new PrintWriter(err), "--app=" + file);

    assertThat(code).isEqualTo(3);
    assertThat(lastLine()).startsWith("domicile: ").contains(message);
  }

  @Test
  void comparesDataWithoutTheFieldThatNamesTheRealm() {
    Settings.Probing probing = new Settings.Probing("/p", "X-Realm", "/where/realm");

    Sight before = Sight.of(answer("{\"where\":{\"realm\":\"EU\"},\"rows\":[1]}"), probing);
    Sight after = Sight.of(answer("{\"rows\":[1],\"where\":{\"realm\":\"US\"}}"), probing);
    Sight less = Sight.of(answer("{\"rows\":[],\"where\":{\"realm\":\"US\"}}"), probing);

    assertThat(before.realm()).isEqualTo("EU");
    assertThat(after.showsSameAs(before)).isTrue();
    assertThat(less.showsSameAs(before)).isFalse();
  }

  @Test
  void hidesSecretsAndTokensThatAnAppEchoes() {
    Redaction redaction = new Redaction();
    redaction.hide("s3cr3t");

    assertThat(redaction.show("bad secret s3cr3t in eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln!"))
        .isEqualTo("bad secret (secret) in (token)!");
  }

  private static Answer answer(String body) {
    return new Answer(
        200, body, HttpHeaders.of(Map.of(), (name, value) -> true), Duration.ZERO, null);
  }

  private String lastLine() {
    List<String> lines = err.toString().lines().toList();
    return lines.get(lines.size() - 1);
  }

  private int rehearse(Set<Defect> defects, String... more) throws Exception {
    int port = freePort();
    try (FixtureApp app = new FixtureApp(defects, URI.create("http://localhost:" + port))) {
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "--app=" + app.baseUrl(),
                  "--keys-port=" + port,
                  "--probe=/notes",
                  "--seed=/notes",
                  "--speed=10000",
                  "--patience=5",
                  "--settle=1"));
      for (String argument : more) {
        String name = argument.replaceAll("=.*", "=");
        arguments.removeIf(given -> !name.startsWith("--region") && given.startsWith(name));
        arguments.add(argument);
      }
      return Main.run(new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
