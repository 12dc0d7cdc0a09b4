"""WooCommerce: signed webhooks of whole orders, REST pull, refunds, reviews."""

from connectors.woocommerce.connector import CONNECTOR

__all__ = ["CONNECTOR"]
