"""The root type `Mutation`; one file for each mutation in `schema.mutations`.

Nouns first. What the caller or a policy stands against is data in the payload; top-level errors are faults of the
request or of the service.
"""

import strawberry

from schema.mutations.change_request_approve import change_request_approve
from schema.mutations.change_request_publish import change_request_publish
from schema.mutations.change_request_reject import change_request_reject
from schema.mutations.change_request_withdraw import change_request_withdraw
from schema.mutations.data_contract_publish import data_contract_publish
from schema.mutations.data_contract_withdraw import data_contract_withdraw
from schema.mutations.data_product_create import data_product_create
from schema.mutations.data_product_create_from_template import data_product_create_from_template
from schema.mutations.data_product_initialize import data_product_initialize
from schema.mutations.data_product_restore import data_product_restore
from schema.mutations.data_product_retire import data_product_retire
from schema.mutations.data_product_transition import data_product_transition
from schema.mutations.data_product_update import data_product_update
from schema.mutations.dependency_declare import dependency_declare
from schema.mutations.dependency_retire import dependency_retire
from schema.mutations.domain_register import domain_register
from schema.mutations.domain_update import domain_update
from schema.mutations.infrastructure import infrastructure_deprovision, infrastructure_provision
from schema.mutations.policy_define import policy_define
from schema.mutations.policy_retire import policy_retire
from schema.mutations.quality_report_submit import quality_report_submit
from schema.mutations.quality_run import quality_run_cancel, quality_run_start
from schema.mutations.quality_schedule_set import quality_schedule_set
from schema.mutations.requests_record import requests_record
from schema.mutations.template_register import template_register
from schema.mutations.template_retire import template_retire
from schema.mutations.waiver_grant import waiver_grant
from schema.mutations.webhook_redeliver import webhook_redeliver
from schema.mutations.webhook_register import webhook_register
from schema.mutations.webhook_retire import webhook_retire
from schema.mutations.webhook_rotate_secret import webhook_rotate_secret


@strawberry.type(description="Mutations. Every write is judged by the policies before it is committed.")
class Mutation:
    domain_register = strawberry.mutation(domain_register, description="Registers a domain. Requires role governance.")
    domain_update = strawberry.mutation(
        domain_update, description="Changes a domain and its defaults for later writes."
    )
    data_product_create = strawberry.mutation(
        data_product_create, description="Creates a product with its contract and dependencies in one write."
    )
    data_product_create_from_template = strawberry.mutation(
        data_product_create_from_template,
        description=("Creates a product from a template and a config. All faults of the config are reported together."),
    )
    data_product_update = strawberry.mutation(
        data_product_update,
        description=("Changes the description, owner, tags and other fields of a product. Creates its next revision."),
    )
    data_product_transition = strawberry.mutation(
        data_product_transition, description="Changes the status of a product."
    )
    data_product_initialize = strawberry.mutation(
        data_product_initialize, description="Records a product's infrastructure plan and moves it to TESTING."
    )
    data_product_retire = strawberry.mutation(
        data_product_retire, description="Retires a deprecated product without consumers; it keeps its urn."
    )
    data_product_restore = strawberry.mutation(
        data_product_restore, description="Makes a retired product DEPRECATED again."
    )
    data_contract_publish = strawberry.mutation(
        data_contract_publish,
        description=(
            "Publishes the next contract of a product. A change that breaks consumers is "
            "refused or opens a change request."
        ),
    )
    data_contract_withdraw = strawberry.mutation(data_contract_withdraw, description="Withdraws a scheduled contract.")
    change_request_approve = strawberry.mutation(
        change_request_approve, description="Approves a change request for one affected domain."
    )
    change_request_reject = strawberry.mutation(
        change_request_reject, description="Rejects a change request for one affected domain, which closes it."
    )
    change_request_publish = strawberry.mutation(
        change_request_publish,
        description="Publishes the contract of a change request that every affected domain approved.",
    )
    change_request_withdraw = strawberry.mutation(
        change_request_withdraw, description="Withdraws a change request that is not published."
    )
    infrastructure_provision = strawberry.mutation(
        infrastructure_provision,
        description="Records a product's infrastructure plan and queues a job that applies what can be reached.",
    )
    infrastructure_deprovision = strawberry.mutation(
        infrastructure_deprovision,
        description="Releases what was provisioned, and lists what a person must delete. It deletes nothing.",
    )
    quality_run_start = strawberry.mutation(
        quality_run_start, description="Queues a quality run over an output of a product."
    )
    quality_run_cancel = strawberry.mutation(
        quality_run_cancel, description="Cancels a quality run that has not ended."
    )
    quality_report_submit = strawberry.mutation(
        quality_report_submit, description="Stores a quality result that another tool computed, with its origin."
    )
    quality_schedule_set = strawberry.mutation(
        quality_schedule_set, description="Sets or ends a schedule of quality runs."
    )
    requests_record = strawberry.mutation(
        requests_record, description="Records requests to a product. A batch that is sent again is counted once."
    )
    dependency_declare = strawberry.mutation(
        dependency_declare,
        description="Declares that a consumer depends on a provider, or replaces that dependency.",
    )
    dependency_retire = strawberry.mutation(
        dependency_retire, description="Ends a dependency. Lineage of the past still shows it."
    )
    policy_define = strawberry.mutation(
        policy_define, description="Defines a policy or its next version. A dry run returns today's findings."
    )
    policy_retire = strawberry.mutation(policy_retire, description="Ends all versions of a policy; none is deleted.")
    waiver_grant = strawberry.mutation(
        waiver_grant, description="Lets a product violate a policy until a time. Requires role governance."
    )
    template_register = strawberry.mutation(
        template_register, description="Registers a version of a template, for one domain or for all."
    )
    template_retire = strawberry.mutation(
        template_retire, description="Retires a version of a template. Products made from it stay unchanged."
    )
    webhook_register = strawberry.mutation(
        webhook_register,
        description=("Registers a URL that receives events as signed requests. The payload shows the secret once."),
    )
    webhook_retire = strawberry.mutation(webhook_retire, description="Retires a webhook and deletes its secret.")
    webhook_rotate_secret = strawberry.mutation(
        webhook_rotate_secret,
        description="Gives a webhook a new secret. For a day the former one signs its deliveries too.",
    )
    webhook_redeliver = strawberry.mutation(
        webhook_redeliver, description="Sends dead letters again, or all events from a number on."
    )
