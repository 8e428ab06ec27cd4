package dev.domicile.example;

import dev.domicile.router.Router;
import dev.domicile.router.RouterConfig;
import org.apache.catalina.connector.Connector;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.embedded.tomcat.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** The app. All that it says of realms is in {@code application.yaml}. */
@SpringBootApplication
class ExampleApp {

  /** Each regional address is another port of this one node. */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> regionalPorts(Environment environment) {
    return factory ->
        factory.addAdditionalTomcatConnectors(
            connector(environment, "example.ports.eu"), connector(environment, "example.ports.us"));
  }

  /** In the place of the starter's, so that the tables are there when it first looks. */
  @Bean
  Router router(RouterConfig config, Schemas schemas) {
    return new Router(config);
  }

  private static Connector connector(Environment environment, String key) {
    Connector connector = new Connector();
    connector.setPort(environment.getRequiredProperty(key, Integer.class));
    return connector;
  }
}
