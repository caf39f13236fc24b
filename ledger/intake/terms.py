"""The names of EN 16931-1's business terms and groups, for messages that an accountant reads."""

_NAMES = """
BT-1 Invoice number
BT-2 Invoice issue date
BT-3 Invoice type code
BT-5 Invoice currency
BT-6 Tax accounting currency
BT-7 Tax point date
BT-8 Tax point date code
BT-9 Payment due date
BT-10 Buyer reference
BT-11 Project reference
BT-12 Contract reference
BT-13 Purchase order reference
BT-14 Sales order reference
BT-15 Receiving advice reference
BT-16 Despatch advice reference
BT-17 Tender or lot reference
BT-18 Invoiced object identifier
BT-19 Buyer accounting reference
BT-20 Payment terms
BT-21 Invoice note subject code
BT-22 Invoice note
BT-23 Business process type
BT-24 Specification identifier
BT-25 Preceding invoice number
BT-26 Preceding invoice issue date
BT-27 Seller name
BT-28 Seller trading name
BT-29 Seller identifier
BT-30 Seller legal registration
BT-31 Seller VAT identifier
BT-32 Seller tax registration
BT-33 Seller additional legal information
BT-34 Seller electronic address
BT-35 Seller address line 1
BT-36 Seller address line 2
BT-37 Seller city
BT-38 Seller post code
BT-39 Seller region
BT-40 Seller country code
BT-41 Seller contact name
BT-42 Seller contact telephone
BT-43 Seller contact e-mail
BT-44 Buyer name
BT-45 Buyer trading name
BT-46 Buyer identifier
BT-47 Buyer legal registration
BT-48 Buyer VAT identifier
BT-49 Buyer electronic address
BT-50 Buyer address line 1
BT-51 Buyer address line 2
BT-52 Buyer city
BT-53 Buyer post code
BT-54 Buyer region
BT-55 Buyer country code
BT-56 Buyer contact name
BT-57 Buyer contact telephone
BT-58 Buyer contact e-mail
BT-59 Payee name
BT-60 Payee identifier
BT-61 Payee legal registration
BT-62 Tax representative name
BT-63 Tax representative VAT identifier
BT-64 Tax representative address line 1
BT-65 Tax representative address line 2
BT-66 Tax representative city
BT-67 Tax representative post code
BT-68 Tax representative region
BT-69 Tax representative country code
BT-70 Deliver-to name
BT-71 Deliver-to location identifier
BT-72 Delivery date
BT-73 Invoicing period start
BT-74 Invoicing period end
BT-75 Deliver-to address line 1
BT-76 Deliver-to address line 2
BT-77 Deliver-to city
BT-78 Deliver-to post code
BT-79 Deliver-to region
BT-80 Deliver-to country code
BT-81 Payment means code
BT-82 Payment means text
BT-83 Remittance information
BT-84 Payment account
BT-85 Payment account name
BT-86 Payment bank identifier
BT-87 Payment card number
BT-88 Payment card holder
BT-89 Direct debit mandate
BT-90 Bank assigned creditor identifier
BT-91 Debited account
BT-92 Document allowance amount
BT-93 Document allowance base amount
BT-94 Document allowance percentage
BT-95 Document allowance tax category
BT-96 Document allowance tax rate
BT-97 Document allowance reason
BT-98 Document allowance reason code
BT-99 Document charge amount
BT-100 Document charge base amount
BT-101 Document charge percentage
BT-102 Document charge tax category
BT-103 Document charge tax rate
BT-104 Document charge reason
BT-105 Document charge reason code
BT-106 Sum of line net amounts
BT-107 Sum of document allowances
BT-108 Sum of document charges
BT-109 Total without tax
BT-110 Total tax
BT-111 Total tax in accounting currency
BT-112 Total with tax
BT-113 Paid amount
BT-114 Rounding amount
BT-115 Amount due for payment
BT-116 Taxable amount
BT-117 Tax amount
BT-118 Tax category
BT-119 Tax rate
BT-120 Tax exemption reason
BT-121 Tax exemption reason code
BT-122 Supporting document reference
BT-123 Supporting document description
BT-124 Supporting document location
BT-125 Attached document
BT-126 Line identifier
BT-127 Line note
BT-128 Line object identifier
BT-129 Invoiced quantity
BT-130 Unit of measure
BT-131 Line net amount
BT-132 Purchase order line reference
BT-133 Line buyer accounting reference
BT-134 Line period start
BT-135 Line period end
BT-136 Line allowance amount
BT-137 Line allowance base amount
BT-138 Line allowance percentage
BT-139 Line allowance reason
BT-140 Line allowance reason code
BT-141 Line charge amount
BT-142 Line charge base amount
BT-143 Line charge percentage
BT-144 Line charge reason
BT-145 Line charge reason code
BT-146 Item net price
BT-147 Item price discount
BT-148 Item gross price
BT-149 Item price base quantity
BT-150 Item price base unit
BT-151 Item tax category
BT-152 Item tax rate
BT-153 Item name
BT-154 Item description
BT-155 Seller item identifier
BT-156 Buyer item identifier
BT-157 Standard item identifier
BT-158 Item classification
BT-159 Item country of origin
BT-160 Item attribute name
BT-161 Item attribute value
BT-162 Seller address line 3
BT-163 Buyer address line 3
BT-164 Tax representative address line 3
BT-165 Deliver-to address line 3
BG-1 Invoice note
BG-3 Preceding invoice
BG-4 Seller
BG-5 Seller address
BG-6 Seller contact
BG-7 Buyer
BG-8 Buyer address
BG-9 Buyer contact
BG-10 Payee
BG-11 Tax representative
BG-12 Tax representative address
BG-13 Delivery information
BG-14 Invoicing period
BG-15 Deliver-to address
BG-16 Payment instructions
BG-19 Direct debit
BG-20 Document allowance
BG-21 Document charge
BG-22 Document totals
BG-23 Tax breakdown
BG-24 Supporting document
BG-25 Invoice line
BG-26 Line period
BG-27 Line allowance
BG-28 Line charge
BG-32 Item attribute
"""
NAMES = dict(entry.split(" ", 1) for entry in _NAMES.strip().splitlines())


def named(term: str) -> str:
    """`term` as messages call it: "The payment due date (BT-9)"."""
    name = NAMES[term]
    return f"The {name[0].lower()}{name[1:]} ({term})"
