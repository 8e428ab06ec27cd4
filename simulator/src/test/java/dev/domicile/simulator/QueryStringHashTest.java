package dev.domicile.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hashes that were published by Atlassian, issued by a Jira, or made by npm's atlassian-jwt. */
final class QueryStringHashTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      nullValues = "-",
      textBlock =
          """
          GET|https://api.bitbucket.org/test?param=value|https://api.bitbucket.org|be16910858a41fd19ea5c1b4e9decca9a784d1024cb00b2158defe2f29dc86dd
          GET|http://a/addon/?lic=none&tz=Europe%2FMoscow&cp=%2Fjira&user_key=admin&loc=en-US&user_id=admin&jwt=e.y.J&xdm_e=http%3A%2F%2Flocalhost%3A2990&xdm_c=channel-servlet-click-me&xdm_p=1|http://a|3a6ff1b66f60eb275d0e4cb6be4261d5d3b0216b91c58dc6524509227ef346de
          GET|http://a/hello-world?lic=none&tz=Australia%2FSydney&cp=%2Fjira&user_key=&loc=en-US&user_id=&jwt=e.y.J&xdm_e=http%3A%2F%2Fstorm%3A2990&xdm_c=channel-servlet-hello-world&xdm_p=1|http://a|8063ff4ca1e41df7bc90c8ab6d0f6207d491cf6dad7c66ea797b4614b71922e9
          GET|http://a|http://a|c88caad15a1c1a900b8ac08aa9686f4e8184539bea1deda36e2f649430df3239
          POST|http://a/jira/rest/api/2/project/jira&a=b&c=d?x=y|http://a/jira|70db3b47a62c471526b51481ee17407771df153801674a5002c164e87ce056ae
          GET|http://a/p?a-b=1&a.b=2&a%20b=3&a=4&aa=5&a%5B%5D=6|http://a|67c7d464151ab2a2d3cc772b12c4fef5fd68353b92bcf60487a571bd927a16b8
          GET|http://a/hello-world?a&b=foo&c|http://a|05a07346264b590803b827ab297a7fcb7e250fe5fa8c66187a9131b0934496b2
          GET|http://a/hello-world?a=x+y&b=x%20y&c=x%2By|http://a|1cc6448fea4cc70b1917a6a6e0d31eb7a8f6e8e0a64619a502966fd9725f8eae
          GET|http://a/p?a=~&b=*&c=-._&d=!%27()|http://a|aee335e4b92e3ca3b68cf96472709bf816d445172b9431c6bbd3643cfd2da0fb
          GET|http://a/p?u=%E2%82%AC&v=%F0%9F%98%80|http://a|3ac642c882a36558625884823269bfcb2f0b407def9644bf8e26d8212451cdb4
          GET|http://a/p?x=%2f|http://a|724b249c8a5a62a389cccfb23da25da5d1c74a35d058a2db4c760a6807eb1c0c
          GET|http://a/base/|http://a/base/|c88caad15a1c1a900b8ac08aa9686f4e8184539bea1deda36e2f649430df3239
          GET|http://a/p?JWT=abc&a=1|http://a|8b0ec0edcd5a10a0c9d570d1f0f861f9c458db267778ed4ab7c2a86807844d4c
          GET|http://a/p?a=1,2&a=0|http://a|72aeba00917dd87204d4332cca3dfc666f08446a1650d237b8776c8ae410c717
          GET|http://a/p?r=%C3%A9&r=z&r=Z|http://a|69fe1e23e6eceb1350bd7461c1331e549307249c00cc47961d950b11b1ab989e
          GET|http://a/p?&&a=1&|http://a|64e04d78f40e874dd4283984beea32419946f690c75e53f2162ce01ca91b63c4
          POST|http://a/my-cool-migration-hook/schedule|http://a|b2ee2884b7c285ef53b3908881f26af3535b04802d6b066b8fd8ac686baa450f
          GET|http://a/my-cool-migration-hook/status?migrationId=57500|http://a|eda973fc776c51b2cf94d680b31eb9d8b1caff446754bc117ec7e5763674bbe6
          POST|http://a/installed?user_key=admin|http://a|4ca63d01ffaa235e9fa8120df4f05e94102cad01d9cfb0c9653ca583543556c9
          """)
  void hashesAsPublished(String method, URI request, URI base, String hash) {
    assertThat(QueryStringHash.of(method, request, base))
        .as(QueryStringHash.canonical(method, request, base))
        .isEqualTo(hash);
  }
}
