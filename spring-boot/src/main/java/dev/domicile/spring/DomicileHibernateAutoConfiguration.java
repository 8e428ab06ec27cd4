package dev.domicile.spring;

import dev.domicile.router.Router;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.dialect.PostgreSQLDialect;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.orm.jpa.HibernatePropertiesCustomizer;
import org.springframework.context.annotation.Bean;

/** What Hibernate has to know of a data source that has no database of its own. */
@AutoConfiguration(
    after = DomicileAutoConfiguration.class,
    beforeName = "org.springframework.boot.autoconfigure.orm.jpa.HibernateJpaAutoConfiguration")
@ConditionalOnClass({SessionFactory.class, HibernatePropertiesCustomizer.class})
@ConditionalOnBean(Router.class)
public class DomicileHibernateAutoConfiguration {

  @Bean
  HibernatePropertiesCustomizer domicileHibernateProperties() {
    return properties -> {
      properties.putIfAbsent(
          AvailableSettings.MULTI_TENANT_IDENTIFIER_RESOLVER, new TenantOfSession());
      properties.putIfAbsent(AvailableSettings.ALLOW_METADATA_ON_BOOT, false);
      properties.putIfAbsent(AvailableSettings.DIALECT, PostgreSQLDialect.class.getName());
    };
  }
}
